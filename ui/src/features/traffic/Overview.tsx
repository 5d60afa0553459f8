import { CircleQuestionMark } from "lucide-react";
import type { ReactNode } from "react";
import { type Exchange, isFromGateway } from "@/live/exchange.ts";
import { Button, CopyButton, format, StatusBadge, Prose } from "@/ui/index.ts";
import { LimitActions } from "./LimitActions.tsx";
import { ProgramOutput } from "./ProgramOutput.tsx";
import type { Detail } from "./queries.ts";
import { RetryButton } from "./retry/RetryButton.tsx";
import { StageTimeline } from "./StageTimeline.tsx";
import { TripAgain } from "./TripAgain.tsx";
import { WhyNoRoute } from "./WhyNoRoute.tsx";

interface OverviewProps {
  detail: Detail;
  onWhatIf: () => void;
  /** Opens the detail of another request. */
  onOpen: (id: string) => void;
}

/** Who answered and why, in one sentence; then how it came to that; then what else is known. */
export function Overview({ detail, onWhatIf, onOpen }: OverviewProps) {
  const { summary } = detail;
  return (
    <div className="flex flex-col gap-3 p-3">
      <p data-testid="sentence" className="flex items-start gap-2 text-heading">
        <StatusBadge status={summary.status} fromGateway={isFromGateway(summary)} />
        <span className="min-w-0 break-words">
          <Prose text={detail.sentence} />
        </span>
      </p>
      <div className="flex flex-wrap gap-2">
        <WhyNoRoute exchange={summary} />
        <RetryButton key={summary.id} exchange={summary} onOpen={onOpen} />
        <LimitActions detail={detail} />
        <TripAgain exchange={summary} />
        <Button
          size="sm"
          icon={<CircleQuestionMark size={14} aria-hidden="true" />}
          onClick={onWhatIf}
        >
          What if?
        </Button>
      </div>
      <StageTimeline detail={detail} />
      <ProgramOutput detail={detail} />
      <Facts detail={detail} />
    </div>
  );
}

function Facts({ detail }: { detail: Detail }) {
  const { summary } = detail;
  return (
    <dl className="grid grid-cols-[96px_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-ink-2">
      <Fact name="Began">{format.dateTime(summary.started_at_us / 1000)}</Fact>
      <Fact name="Took">{took(summary)}</Fact>
      {summary.note != null && <Fact name="Note">{summary.note}</Fact>}
      <Fact name="Caller">
        {`${summary.client_ip}, port ${detail.client_port}, ${summary.protocol}, asked for ${summary.host}`}
      </Fact>
      <Fact name="Bodies">
        {`${format.bytes(summary.request_bytes)} in, ${format.bytes(summary.response_bytes)} out`}
      </Fact>
      <Fact name="Request id">
        <Id text={summary.request_id} label="Copy request id" />
      </Fact>
      <Fact name="Trace id">
        <Id text={detail.trace_id} label="Copy trace id" />
      </Fact>
      <Fact name="Config">{`revision ${detail.revision}`}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

function Id({ text, label }: { text: string; label: string }) {
  return (
    <span className="inline-flex items-center gap-1">
      <code className="font-mono text-code break-all">{text}</code>
      <CopyButton text={text} label={label} />
    </span>
  );
}

function took({ duration_us, timing }: Exchange): string {
  const ms = (us: number) => format.duration(us / 1000);
  const parts = [
    `${ms(timing.gateway_us)} in the gateway`,
    timing.connect_us > 0 && `${ms(timing.connect_us)} to connect`,
    timing.wait_us > 0 && `${ms(timing.wait_us)} until the first byte`,
    timing.receive_us > 0 && `${ms(timing.receive_us)} to pass the answer on`,
  ];
  return `${ms(duration_us)}: ${parts.filter(Boolean).join(", ")}`;
}
