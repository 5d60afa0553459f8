import { format } from "@/ui/index.ts";
import { INSTANCE_LOOKS, type InstanceState } from "./processText.ts";
import { ProcessBadge } from "./ProcessBadge.tsx";

/** The instances there are, and what each of them uses with everything it started. */
export function Instances({ instances }: { instances: readonly InstanceState[] }) {
  if (instances.length === 0) {
    return <p className="text-small text-ink-3">No instance runs.</p>;
  }
  return (
    <div
      className="overflow-x-auto"
      role="region"
      aria-label="Instances"
      // Scrolled by keyboard too.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      <table className="w-full text-left text-small tabular-nums">
        <caption className="sr-only">Instances</caption>
        <thead className="text-ink-3">
          <tr>
            <Head>Instance</Head>
            <Head>State</Head>
            <Head end>Port</Head>
            <Head end>Pid</Head>
            <Head end>CPU</Head>
            <Head end>Memory</Head>
            <Head end>Running</Head>
            <Head end>Requests</Head>
            <Head end>Start</Head>
          </tr>
        </thead>
        <tbody>
          {instances.map((one) => (
            <tr key={one.number} className="border-t border-line-subtle">
              <th scope="row" className="py-1 pr-2 font-medium">
                {one.number}
              </th>
              <td className="py-1 pr-2">
                <ProcessBadge look={INSTANCE_LOOKS[one.status]} />
              </td>
              <Cell>{one.port}</Cell>
              <Cell>{one.pid}</Cell>
              <Cell>{one.cpu_percent == null ? null : `${one.cpu_percent.toFixed(0)} %`}</Cell>
              <Cell>{one.memory_bytes == null ? null : format.bytes(one.memory_bytes)}</Cell>
              <Cell>{format.count(one.in_flight)}</Cell>
              <Cell>{format.count(one.requests)}</Cell>
              <Cell>{one.ready_after_ms == null ? null : format.duration(one.ready_after_ms)}</Cell>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head({ children, end = false }: { children: string; end?: boolean }) {
  return (
    <th
      scope="col"
      className={`py-1 pr-2 font-medium whitespace-nowrap ${end ? "text-right" : ""}`}
    >
      {children}
    </th>
  );
}

function Cell({ children }: { children: string | number | null | undefined }) {
  return <td className="py-1 pr-2 text-right whitespace-nowrap">{children ?? "–"}</td>;
}
