import { Link } from "@tanstack/react-router";
import { ArrowLeft, Download } from "lucide-react";
import { Fragment } from "react";
import { inDesktop } from "@/api/index.ts";
import { Banner, Button, CopyButton, EmptyState, format, saveFile, Skeleton } from "@/ui/index.ts";
import { type LocalCa, useLocalCa } from "./queries.ts";
import { TrustSteps } from "./TrustSteps.tsx";

/** How to make programs trust the certificates of the HTTPS listener, and how to take that back. */
export function TrustPlace() {
  const { data, error, isPending } = useLocalCa();
  return (
    <div className="relative h-full overflow-y-auto">
      <div className="flex max-w-[760px] flex-col gap-5 px-6 pt-3 pb-8">
        <div className="flex flex-col items-start gap-2">
          <Link to="/settings" className="flex items-center gap-1.5 text-small">
            <ArrowLeft size={14} aria-hidden="true" />
            Settings
          </Link>
          <h1 className="text-title">Trust the local authority</h1>
        </div>
        {error ? (
          <Banner tone="err">{error.message}</Banner>
        ) : isPending ? (
          <Skeleton />
        ) : data ? (
          <Trust ca={data} />
        ) : (
          <EmptyState title="There is no authority yet">
            It is made when HTTPS is switched on for the first time, in Settings under Gateway.
          </EmptyState>
        )}
      </div>
    </div>
  );
}

function Trust({ ca }: { ca: LocalCa }) {
  return (
    <>
      <p className="text-ink-2">
        The gateway’s HTTPS certificates are for localhost and *.localhost. They come from an
        authority that was made on this machine, and programs refuse them until they trust it. It
        can vouch for localhost, names under it and loopback addresses, and for nothing else.
        Gatewright never changes a list of trusted authorities: you run one command, and another
        takes it back.
      </p>
      <dl className="grid grid-cols-[max-content_minmax(0,1fr)] items-center gap-x-6 gap-y-1.5">
        <Fact name="Name" text={ca.name} />
        <Fact name="File" text={ca.path} />
        <Fact name="SHA-256" text={ca.fingerprint} />
        <dt className="text-ink-2">Valid until</dt>
        <dd>{format.dateTime(ca.not_after_us / 1000)}</dd>
      </dl>
      <div className="flex gap-2">
        <CopyButton wide size="md" variant="secondary" label="Copy certificate" text={ca.pem} />
        {/* The desktop's webview has no downloads. */}
        {!inDesktop && (
          <Button
            icon={<Download size={14} aria-hidden="true" />}
            onClick={() => saveFile("gatewright-local-ca.pem", ca.pem, "application/x-pem-file")}
          >
            Download
          </Button>
        )}
      </div>
      <TrustSteps authority={ca} />
    </>
  );
}

function Fact({ name, text }: { name: string; text: string }) {
  return (
    <>
      <dt className="text-ink-2">{name}</dt>
      <dd className="flex min-w-0 items-center gap-1">
        <code className="min-w-0 font-mono text-code break-words">
          {/* A line may end after each part, in between never. */}
          {text.split(/(?<=[:/])/).map((part, at) => (
            // oxlint-disable-next-line react/no-array-index-key
            <Fragment key={at}>
              {part}
              <wbr />
            </Fragment>
          ))}
        </code>
        <CopyButton label={`Copy ${name.toLowerCase()}`} text={text} />
      </dd>
    </>
  );
}
