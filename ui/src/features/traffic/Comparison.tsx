import type { ReactNode } from "react";
import type { components } from "@/api/index.ts";
import { type Exchange, isFromGateway } from "@/live/exchange.ts";
import { Banner, cx, format, Skeleton, StatusBadge } from "@/ui/index.ts";
import { type Comparison, useComparison } from "./replayQueries.ts";
import { sayDifference } from "./sayDifference.ts";

type Schemas = components["schemas"];
type BodyDifference = Schemas["BodyDifference"];
type MessageDifference = Schemas["MessageDifference"];

interface ComparedProps {
  before: string;
  after: string;
  /** What they are: "Original" and "Sent again". */
  names: readonly [string, string];
}

/** Two requests side by side, then what differs in their answers and in what was sent. */
export function Compared({ before, after, names }: ComparedProps) {
  const { data, error } = useComparison(before, after);
  if (error) return <Banner tone="err">{error.message}</Banner>;
  if (!data) return <Skeleton />;
  return <ComparisonView comparison={data} names={names} />;
}

interface ComparisonViewProps {
  comparison: Comparison;
  names: readonly [string, string];
}

export function ComparisonView({ comparison, names }: ComparisonViewProps) {
  const { before, after, facts, request, response } = comparison;
  return (
    <section aria-label="Comparison" className="flex flex-col gap-4">
      <div className="grid grid-cols-2 gap-2">
        <Side name={names[0]} row={before} />
        <Side name={names[1]} row={after} />
      </div>
      <p className="text-strong">{sayDifference(comparison)}</p>
      {facts.length > 0 && (
        <Part title="About the requests">
          <ul className="flex flex-col">
            {facts.map(({ fact, before: was, after: is }) => (
              <Change key={fact} name={fact} before={was} after={is} />
            ))}
          </ul>
        </Part>
      )}
      <Message title="Answer" difference={response} />
      <Message title="Request" difference={request} />
      <p className="text-ink-3">
        The log holds no secrets, so what is masked in both is not compared.
      </p>
    </section>
  );
}

function Side({ name, row }: { name: string; row: Exchange }) {
  return (
    <div className="flex min-w-0 flex-col gap-1 rounded-control border border-line-subtle bg-sunken px-2.5 py-2">
      <div className="flex items-center gap-2">
        <span className="text-small text-ink-3">{name}</span>
        <span className="ml-auto text-small text-ink-3 tabular-nums">
          {format.timeOfDay(row.started_at_us / 1000)}
        </span>
      </div>
      <p className="truncate font-mono text-code" title={row.path}>
        <span className="font-medium">{row.method}</span> {row.path}
      </p>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-ink-2 tabular-nums">
        <StatusBadge status={row.status} fromGateway={isFromGateway(row)} />
        <span>{format.duration(row.duration_us / 1000)}</span>
        <span>{format.bytes(row.response_bytes)}</span>
        {row.route != null && (
          <span className="text-ink-3">
            {row.route}
            {row.version != null && ` · ${row.version}`}
          </span>
        )}
      </div>
    </div>
  );
}

function Message({ title, difference }: { title: string; difference: MessageDifference }) {
  const { changes, same } = difference.headers;
  const telling = changes.filter(({ noise }) => !noise);
  const noise = changes.filter((change) => change.noise);
  return (
    <Part title={title}>
      {telling.length === 0 ? (
        <p className="text-ink-3">
          {same === 0 && noise.length === 0
            ? "No headers."
            : `Headers are the same (${format.count(same)}).`}
        </p>
      ) : (
        <ul aria-label={`${title} headers that differ`} className="flex flex-col">
          {telling.map((change) => (
            <Change key={change.name} {...change} />
          ))}
        </ul>
      )}
      {noise.length > 0 && (
        <details>
          <summary className="w-fit text-ink-3">
            {`${format.plural(noise.length, "header")} that ${noise.length === 1 ? "differs" : "differ"} every time`}
          </summary>
          <ul className="flex flex-col">
            {noise.map((change) => (
              <Change key={change.name} {...change} />
            ))}
          </ul>
        </details>
      )}
      <Body title={title} difference={difference.body} />
    </Part>
  );
}

function Body({ title, difference }: { title: string; difference: BodyDifference }) {
  switch (difference.kind) {
    case "same":
      return <p className="text-ink-3">Bodies are the same.</p>;
    case "json":
      if (difference.changes.length === 0) {
        return <p className="text-ink-3">Bodies say the same, written differently.</p>;
      }
      return (
        <>
          <ul aria-label={`${title} JSON that differs`} className="flex flex-col">
            {difference.changes.map(({ path, before, after }, at) => (
              // Of an element that was removed the path may be that of one that was added.
              // oxlint-disable-next-line react/no-array-index-key
              <Change key={at} name={path} before={before} after={after} />
            ))}
          </ul>
          <More count={difference.more} of="value" />
        </>
      );
    case "text":
      return <Lines title={title} lines={difference.lines} more={difference.more} />;
    case "binary":
      return (
        <p className="text-ink-2">
          {`Bodies differ and are not text: ${format.bytes(difference.before_bytes)} and ${format.bytes(difference.after_bytes)}.`}
        </p>
      );
    case "not_kept":
      return (
        <>
          <p className="text-warn">
            Of one of the bodies not everything was kept, so nobody can say whether they are the
            same.
          </p>
          <Lines title={title} lines={difference.lines} more={difference.more} />
        </>
      );
  }
}

const LINES = {
  same: { sign: " ", word: "", ink: "text-ink-3" },
  removed: { sign: "−", word: "Removed: ", ink: "text-err bg-err-bg" },
  added: { sign: "+", word: "Added: ", ink: "text-ok bg-ok-bg" },
} as const;

function Lines(props: { title: string; lines: readonly Schemas["Line"][]; more: number }) {
  if (props.lines.length === 0) return null;
  return (
    <>
      <div
        role="region"
        aria-label={`${props.title} lines that differ`}
        // A region that scrolls must be reachable with the keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className="max-h-96 overflow-auto rounded-control border border-line-subtle bg-sunken py-1 font-mono text-code focus-visible:-outline-offset-2"
      >
        {props.lines.map((line, at) => {
          const { sign, word, ink } = LINES[line.kind];
          return (
            // Lines of a comparison never move.
            // oxlint-disable-next-line react/no-array-index-key
            <div key={at} className={cx("flex w-max min-w-full px-2", ink)}>
              <span className="w-10 shrink-0 text-right text-ink-3 tabular-nums select-none">
                {line.after ?? line.before}
              </span>
              <span aria-hidden="true" className="w-5 shrink-0 text-center select-none">
                {sign}
              </span>
              <span className="whitespace-pre">
                {word !== "" && <span className="sr-only">{word}</span>}
                {line.text}
              </span>
            </div>
          );
        })}
      </div>
      <More count={props.more} of="line" />
    </>
  );
}

function More({ count, of }: { count: number; of: string }) {
  if (count === 0) return null;
  return <p className="text-ink-3">{`${format.plural(count, `more ${of}`)} not shown.`}</p>;
}

interface ChangeProps {
  name: string;
  before?: string | null | undefined;
  after?: string | null | undefined;
}

function Change({ name, before, after }: ChangeProps) {
  const kind = before == null ? "added" : after == null ? "removed" : "changed";
  const sign = { added: "+", removed: "−", changed: "~" }[kind];
  const ink = { added: "text-ok", removed: "text-err", changed: "text-info" }[kind];
  const word = { added: "Added", removed: "Removed", changed: "Changed" }[kind];
  return (
    <li className="grid grid-cols-[16px_minmax(96px,28%)_minmax(0,1fr)] border-b border-line-subtle py-0.5 font-mono text-code last:border-b-0">
      <span className={cx("font-medium", ink)}>
        <span aria-hidden="true">{sign}</span>
        <span className="sr-only">{`${word}: `}</span>
      </span>
      <span className="pr-3 break-all text-ink-3">{name}</span>
      <span className="break-all">
        {before != null && (
          <del className={cx("text-ink-3", kind === "changed" && "no-underline")}>{before}</del>
        )}
        {kind === "changed" && <span className="text-ink-3"> → </span>}
        {after != null && <ins className="text-ink no-underline">{after}</ins>}
      </span>
    </li>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-1">
      <h3 className="text-strong">{title}</h3>
      {children}
    </section>
  );
}
