import { Link } from "@tanstack/react-router";
import { Button, cx, Dialog, Prose } from "@/ui/index.ts";
import { filterOf, useLastRequests } from "./queries.ts";
import { type Definition, differences, type MatrixCell } from "./matrix.ts";

interface DefinitionsDialogProps {
  endpoint: string;
  cell: NonNullable<MatrixCell>;
  onClose: () => void;
  onOpenRoute: (name: string) => void;
}

/** How an endpoint is defined in two versions, and the ways to see how both answer. */
export function DefinitionsDialog({
  endpoint,
  cell,
  onClose,
  onOpenRoute,
}: DefinitionsDialogProps) {
  const { before, definition: after } = cell;
  const shown = [before, after].filter((one) => one !== null);
  const [last] = shown.toReversed();
  if (!last) return null;
  const lines = before && after ? differences(before, after) : null;
  const differing = lines?.filter(({ differs }) => differs).length ?? 0;
  return (
    <Dialog
      open
      onClose={onClose}
      width={720}
      title={`${endpoint}: ${shown.map(({ name }) => name).join(" and ")}`}
      description={descriptionOf(cell, differing)}
      footer={
        <>
          <Button onClick={() => onOpenRoute(last.route)}>{`Open route ${last.route}`}</Button>
          <Requests of={last} />
          {before && after && <Both before={before} after={after} />}
        </>
      }
    >
      <table aria-label="Definitions" className="w-full table-fixed border-collapse text-body">
        <thead>
          <tr className="text-small text-ink-3">
            <th scope="col" className="w-32 py-1 pr-3 text-left font-normal">
              What
            </th>
            {shown.map(({ name }) => (
              <th key={name} scope="col" className="py-1 pr-3 text-left font-normal">
                <code className="font-mono text-code">{name}</code>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {last.lines.map(({ title, text }, at) => {
            const line = lines?.[at];
            return (
              <tr key={title} className="border-t border-line-subtle align-top">
                <th scope="row" className="py-1 pr-3 text-left font-normal text-ink-2">
                  <span aria-hidden="true" className="inline-block w-4 font-mono text-accent-ink">
                    {line?.differs === true && "≠"}
                  </span>
                  {title}
                  {line?.differs === true && <span className="sr-only">, differs</span>}
                </th>
                {(line ? [line.before, line.after] : [text]).map((said, side) => (
                  <td
                    // oxlint-disable-next-line react/no-array-index-key -- a side is known by its place
                    key={side}
                    className={cx(
                      "py-1 pr-3 break-words",
                      lines && line?.differs !== true && "text-ink-3",
                    )}
                  >
                    <Prose text={said} />
                    {line?.differs === true && line.before === line.after && (
                      <span className="text-ink-3"> (in its details)</span>
                    )}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </Dialog>
  );
}

function descriptionOf({ became, before }: NonNullable<MatrixCell>, differing: number): string {
  switch (became) {
    case "first":
      return "The first version: there is none before to compare with.";
    case "new":
      return "New in this version.";
    case "removed":
      return `It is not in this version any more; ${before?.name ?? "the one before"} had it like this.`;
    case "same":
      return "The same in both. What a service answers may differ all the same.";
    case "changed":
      return differing === 1 ? "One thing differs." : `${differing} things differ.`;
  }
}

const LINK =
  "inline-flex h-8 items-center rounded-control border border-line px-3 font-medium text-ink no-underline hover:bg-hover";

function Requests({ of }: { of: Definition }) {
  return (
    <Link to="/traffic" search={{ q: filterOf(of) }} className={LINK}>
      {`Requests of ${of.name}`}
    </Link>
  );
}

/** Leads to the log, where the last request of one is sent to the other too, or both are compared. */
function Both({ before, after }: { before: Definition; after: Definition }) {
  const found = useLastRequests([after, before]);
  const [ofAfter, ofBefore] = found ?? [];
  const sel = ofAfter ?? ofBefore;
  if (found === undefined) return null;
  if (sel == null) {
    return <span className="self-center text-small text-ink-3">Neither was asked yet.</span>;
  }
  // Versions of one route: its request can be sent to the other. Of two routes, their last ones are compared.
  const apart = before.route !== after.route;
  const pair = apart && ofAfter != null && ofBefore != null;
  if (apart && !pair) {
    const other = ofAfter == null ? after : before;
    return (
      <span className="self-center text-small text-ink-3">{other.name} was not asked yet.</span>
    );
  }
  return (
    <Link
      to="/traffic"
      search={{
        q: filterOf(ofAfter == null ? before : after),
        sel,
        tab: "diff",
        ...(pair && { with: ofBefore }),
      }}
      className={cx(LINK, "border-transparent bg-accent text-on-accent hover:bg-accent-hover")}
    >
      {pair ? "Compare the last requests of both" : "Send its last request to both…"}
    </Link>
  );
}
