import { X } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { type Config, Problem } from "@/api/index.ts";
import { useStatus } from "@/app/status.ts";
import { Banner, IconButton, toast, useDebounced } from "@/ui/index.ts";
import type { SavedTest } from "../savedTests/queries.ts";
import { keyOf } from "../savedTests/testText.ts";
import { Fate } from "./Fate.tsx";
import { NoRouteTests } from "./NoRouteTests.tsx";
import { type Question, readLogged, useRouteTest } from "./queries.ts";
import {
  lineOf,
  readHeaders,
  requestOf,
  requestOfTest,
  type TestRequest,
  wholeUrl,
} from "./request.ts";
import { RequestFields } from "./RequestFields.tsx";
import { SaveTest } from "./SaveTest.tsx";
import { SendIt } from "./SendIt.tsx";
import { TestResult } from "./TestResult.tsx";

interface RouteTesterProps {
  /** What is typed beside it and not in force yet; `null` where there is nothing such. */
  draft: Config | null;
  /** The request it begins with, in a line. */
  line: string;
  /** A request of the log to begin with instead, by its id. */
  logged: string | null;
  /** A saved test to begin with instead. */
  saved: SavedTest | null;
  /** Called with what is tested, for the address. */
  onLine: (line: string) => void;
  onOpen: (route: string) => void;
  onClose: () => void;
}

/** Which route would answer a request, and why not the others: asked while it is typed. */
export function RouteTester(props: RouteTesterProps) {
  const { draft, line, logged, saved, onLine, onOpen, onClose } = props;
  const [request, setRequest] = useState<TestRequest>(() => requestOf(line));
  useLoggedRequest(logged, setRequest);
  useSavedTest(saved, setRequest);
  useAddress(line, lineOf(request), onLine);
  const base = useStatus()?.url ?? "http://127.0.0.1:8080";
  const headers = useMemo(() => readHeaders(request.headers), [request.headers]);
  const question = useMemo((): Question | null => {
    const method = request.method.trim();
    if (request.url.trim() === "" || method === "" || headers.problem !== undefined) return null;
    return { method, url: wholeUrl(request.url, base), headers: headers.lines, config: draft };
  }, [request.method, request.url, headers, base, draft]);
  const { data, error } = useRouteTest(question);
  return (
    <section aria-label="Test a request" className="flex h-full flex-col">
      <header className="flex items-center gap-2 px-3 py-2">
        <h2 className="min-w-0 flex-1 text-title">Test a request</h2>
        <IconButton
          label="Close the test"
          icon={<X size={16} aria-hidden="true" />}
          onClick={onClose}
        />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto border-t border-line-subtle">
        <div className="flex flex-col gap-3 px-3 py-3">
          <RequestFields
            request={request}
            onChange={setRequest}
            headersProblem={headers.problem}
            base={base}
          />
        </div>
        {draft !== null && (
          <p className="px-3 pb-2 text-small text-ink-2">
            Tested on what is typed beside this, which is not in force.
          </p>
        )}
        {error && question && <Failure error={error} />}
        {question === null ? (
          <p className="px-3 pb-3 text-ink-3">
            Type a method and a path: which route takes it, and what keeps the others from it, is
            said here.
          </p>
        ) : (
          data &&
          !error && (
            <TestResult
              result={data}
              onOpen={onOpen}
              action={
                <>
                  <Fate question={question} line={lineOf(request)} />
                  <SendIt question={question} base={base} />
                  <SaveTest tested={data} ofDraft={draft !== null} />
                </>
              }
            />
          )
        )}
        <NoRouteTests />
      </div>
    </section>
  );
}

function Failure({ error }: { error: Error }) {
  if (error instanceof Problem && error.code === "config_refused") {
    return (
      <Banner tone="warn">
        Something typed beside this is wrong. The test goes on once that is mended.
      </Banner>
    );
  }
  return <Banner tone="err">{error.message}</Banner>;
}

/** How long after the last keystroke the address follows. */
const ADDRESS_AFTER_MS = 400;

/** Keeps the address at what is tested; browsers refuse an address for each keystroke. */
function useAddress(first: string, line: string, onLine: (line: string) => void): void {
  const settled = useDebounced(line, ADDRESS_AFTER_MS);
  const told = useRef(first);
  useEffect(() => {
    if (settled === told.current) return;
    told.current = settled;
    onLine(settled);
  }, [settled, onLine]);
}

/** Puts a saved test into the fields when it is asked for. */
function useSavedTest(saved: SavedTest | null, onRead: (request: TestRequest) => void): void {
  const key = saved && keyOf(saved);
  useEffect(() => {
    if (saved !== null) onRead(requestOfTest(saved));
    // Once for each test: what is typed after that stays.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [key, onRead]);
}

/** Puts a request of the log into the fields once it has been read. */
function useLoggedRequest(id: string | null, onRead: (request: TestRequest) => void): void {
  useEffect(() => {
    if (id === null) return;
    const abort = new AbortController();
    readLogged(id, abort.signal).then(
      (request) => !abort.signal.aborted && onRead(request),
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const detail = error instanceof Error ? error.message : "";
        toast({ tone: "err", title: "That request is not in the log", detail });
      },
    );
    return () => abort.abort();
    // Once for each request: what is typed after that stays.
  }, [id, onRead]);
}
