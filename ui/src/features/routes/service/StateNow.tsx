import type { Service } from "@/api/index.ts";
import { Badge, Banner, format, Prose } from "@/ui/index.ts";
import type { BreakerState, ServiceState, StateLook, TargetState } from "@/app/serviceStates.ts";
import { BREAKER_LOOKS, breakerLine, targetLines, targetLook } from "./stateText.ts";
import { useNow } from "./useNow.ts";

interface StateNowProps {
  /** As it is in force. */
  service: Service;
  state: ServiceState;
}

/** How a service and its targets are at this moment. */
export function StateNow({ service, state }: StateNowProps) {
  const now = useNow();
  return (
    <section
      aria-label="State now"
      className="flex flex-col gap-2 border-b border-line-subtle px-4 pt-2 pb-3"
    >
      {state.panic && (
        <Banner tone="warn">
          So few targets are healthy that health is not trusted: requests go to all of them.
        </Banner>
      )}
      <ul aria-label="State of the targets" className="flex flex-col gap-2">
        {state.targets.map((target, at) => (
          <TargetNow
            // Two targets may have one address.
            // oxlint-disable-next-line react/no-array-index-key
            key={at}
            target={target}
            look={targetLook(target, service.health)}
            now={now}
          />
        ))}
      </ul>
      {state.breaker && service.breaker && (
        <BreakerNow breaker={state.breaker} settings={service.breaker} now={now} />
      )}
      <Requests state={state} />
    </section>
  );
}

const ROW = "grid grid-cols-[104px_minmax(0,1fr)_max-content] items-baseline gap-x-3";

interface TargetNowProps {
  target: TargetState;
  look: StateLook;
  now: number;
}

function TargetNow({ target, look, now }: TargetNowProps) {
  const { in_flight, requests, failures } = target;
  return (
    <li className={ROW}>
      <StateBadge look={look} />
      <code className="font-mono text-code break-all">{target.url}</code>
      <span className="text-small text-ink-2 tabular-nums">
        {format.plural(requests, "request")}
        {failures > 0 && `, ${format.count(failures)} failed`}
        {in_flight > 0 && `, ${format.count(in_flight)} running`}
      </span>
      {targetLines(target, now).map((line) => (
        <p key={line} className="col-span-2 col-start-2 text-small break-words text-ink-2">
          <Prose text={line} />
        </p>
      ))}
    </li>
  );
}

interface BreakerNowProps {
  breaker: BreakerState;
  settings: NonNullable<Service["breaker"]>;
  now: number;
}

function BreakerNow({ breaker, settings, now }: BreakerNowProps) {
  return (
    <div role="group" aria-label="State of the circuit breaker" className={ROW}>
      <StateBadge look={BREAKER_LOOKS[breaker.status]} />
      <span>Circuit breaker</span>
      <span className="text-small text-ink-2 tabular-nums">
        {breaker.refused > 0 && `${format.plural(breaker.refused, "request")} stopped`}
      </span>
      <p className="col-span-2 col-start-2 text-small text-ink-2">
        {breakerLine(breaker, settings, now)}
      </p>
    </div>
  );
}

/** What the gateway did for requests in trouble; nothing where there were none. */
function Requests({
  state: { waiting, held, retries_granted, retries_refused },
}: {
  state: ServiceState;
}) {
  const parts = [
    waiting > 0 && `${format.count(waiting)} waiting for a target that does not listen`,
    held > 0 && `${format.count(held)} held so far`,
    retries_granted > 0 && `${format.count(retries_granted)} tried again`,
    retries_refused > 0 &&
      `${format.count(retries_refused)} not tried again, the budget was used up`,
  ].filter(Boolean);
  if (parts.length === 0) return null;
  return <p className="pl-[116px] text-small text-ink-2">Requests: {parts.join(" · ")}</p>;
}

function StateBadge({ look: { word, tone, shape } }: { look: StateLook }) {
  return (
    <span>
      <Badge tone={tone} shape={shape}>
        {word}
      </Badge>
    </span>
  );
}
