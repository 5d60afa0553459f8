import { type ComponentProps, type ReactNode, useState } from "react";
import { SegmentedControl } from "@/ui/index.ts";
import { BodyViewer } from "./BodyViewer.tsx";
import { HeaderDiff, HeadersTable } from "./Headers.tsx";
import type { HeaderLine } from "./headerChanges.ts";
import type { Detail } from "./queries.ts";

/** What the caller sent, and what of it the service got. */
export function RequestTab({ detail }: { detail: Detail }) {
  const { summary, client_request, upstream_request, upstream_path } = detail;
  const query = summary.query == null ? "" : `?${summary.query}`;
  return (
    <div className="flex flex-col gap-4 p-3">
      <p className="font-mono text-code break-all">
        <span className="font-medium">{summary.method}</span> {summary.path}
        <span className="text-ink-3">{query}</span>
      </p>
      <BesideBody
        label="Request body"
        of={{ id: summary.id, side: "request" }}
        body={detail.request_body}
      >
        <Section title="Headers from the caller">
          <HeadersTable label="Headers from the caller" lines={client_request} />
        </Section>
        <Section title="To the service">
          {upstream_request == null ? (
            <p className="text-ink-3">Nothing was sent to a service.</p>
          ) : (
            <>
              {upstream_path != null && (
                <p className="font-mono text-code break-all">
                  <span className="font-medium">{summary.method}</span>{" "}
                  <span className="text-ink-3">{summary.target}</span>
                  {upstream_path}
                </p>
              )}
              <Passed
                changed="Changed on the way to the service"
                whole="Headers to the service"
                before={client_request}
                after={upstream_request}
                shown={upstream_request}
              />
            </>
          )}
        </Section>
      </BesideBody>
    </div>
  );
}

/** What the caller got, and what of it the service had sent. */
export function ResponseTab({ detail }: { detail: Detail }) {
  const { summary, client_response, upstream_response } = detail;
  return (
    <div className="p-3">
      <BesideBody
        label="Response body"
        of={{ id: summary.id, side: "response" }}
        body={detail.response_body}
      >
        <Section title="Headers to the caller">
          {client_response == null ? (
            <p className="text-ink-3">The caller was gone before there was an answer.</p>
          ) : (
            <HeadersTable label="Headers to the caller" lines={client_response} />
          )}
        </Section>
        <Section title="From the service">
          {upstream_response == null ? (
            <p className="text-ink-3">
              The gateway wrote this answer itself; there was none from a service.
            </p>
          ) : (
            <Passed
              changed="Changed on the way from the service"
              whole="Headers from the service"
              before={upstream_response}
              after={client_response ?? []}
              shown={upstream_response}
            />
          )}
        </Section>
      </BesideBody>
    </div>
  );
}

/** Headers, and the body beside them where there is room: it is what most people came for. */
function BesideBody({
  children,
  ...shown
}: ComponentProps<typeof BodyViewer> & { children: ReactNode }) {
  return (
    <div className="@container">
      <div className="flex flex-col gap-4 @min-[56rem]:grid @min-[56rem]:grid-cols-2 @min-[56rem]:items-start @min-[56rem]:gap-6">
        <div className="flex min-w-0 flex-col gap-4">{children}</div>
        <div className="min-w-0">
          <Section title="Body">
            <BodyViewer key={shown.of.id} {...shown} />
          </Section>
        </div>
      </div>
    </div>
  );
}

interface PassedProps {
  /** What the list of changes is called, and the list of all headers on the service's side. */
  changed: string;
  whole: string;
  before: readonly HeaderLine[];
  after: readonly HeaderLine[];
  /** The message on the service's side. */
  shown: readonly HeaderLine[];
}

/** The message on the service's side: what the gateway changed in it, or all of it. */
function Passed({ changed, whole, before, after, shown }: PassedProps) {
  const [view, setView] = useState<"changes" | "all">("changes");
  return (
    <>
      <SegmentedControl
        label={whole}
        value={view}
        onChange={setView}
        options={[
          { value: "changes", label: "What was changed" },
          { value: "all", label: "All headers" },
        ]}
      />
      {view === "changes" ? (
        <HeaderDiff label={changed} before={before} after={after} />
      ) : (
        <HeadersTable label={whole} lines={shown} />
      )}
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-1">
      <h3 className="text-strong">{title}</h3>
      {children}
    </section>
  );
}
