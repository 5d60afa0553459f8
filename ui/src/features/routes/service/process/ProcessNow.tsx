import { useState } from "react";
import type { Service } from "@/api/index.ts";
import { Banner, Button, format, NumberField, Prose } from "@/ui/index.ts";
import { useNow } from "../useNow.ts";
import { Decisions } from "./Decisions.tsx";
import { Instances } from "./Instances.tsx";
import { ProcessBadge } from "./ProcessBadge.tsx";
import { OutputView } from "./OutputView.tsx";
import { useAct, useProcess } from "./queries.ts";
import { type ProcessState, STATUS_LOOKS } from "./processText.ts";
import { ScaleChart } from "./ScaleChart.tsx";

/** How the program of a service that is in force is, and what a person may do about it. */
export function ProcessNow({ service }: { service: Service }) {
  const state = useProcess(service.name);
  if (!state) return null;
  return (
    <section
      aria-label="Process now"
      className="flex flex-col gap-3 border-b border-line-subtle px-4 pt-2 pb-3"
    >
      <Head state={state} />
      {!state.approved && <Approval state={state} />}
      {state.last_crash && <Crash state={state} crash={state.last_crash} />}
      <Instances instances={state.instances} />
      <ScaleChart history={state.history} decisions={state.decisions} max={state.max} />
      <Decisions decisions={state.decisions} />
      <OutputView service={state.service} />
    </section>
  );
}

function Head({ state }: { state: ProcessState }) {
  const act = useAct(state.service);
  const runs = state.status !== "off";
  const off = runs ? undefined : "The gateway is stopped.";
  const some = state.instances.length > 0;
  const refused = state.approved ? off : "The command has to be approved first.";
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <ProcessBadge look={STATUS_LOOKS[state.status]} />
      <p role="status" className="min-w-40 flex-1 text-ink-2">
        {state.message}
        {state.held > 0 && ` ${format.plural(state.held, "request waits", "requests wait")}.`}
      </p>
      <span className="flex flex-wrap items-center gap-2">
        <Button
          size="sm"
          disabledReason={refused ?? (state.status === "ready" ? "It runs already." : undefined)}
          onClick={() => act.mutate({ action: "start" })}
        >
          Start
        </Button>
        <Button
          size="sm"
          disabledReason={refused ?? (some ? undefined : "No instance runs.")}
          onClick={() => act.mutate({ action: "restart" })}
        >
          Restart
        </Button>
        <Button
          size="sm"
          disabledReason={
            off ?? (state.status === "stopped" ? "It is stopped already." : undefined)
          }
          onClick={() => act.mutate({ action: "stop" })}
        >
          Stop
        </Button>
        {state.max > 1 && <Scale key={state.service} state={state} refused={refused} />}
      </span>
    </div>
  );
}

/** So many instances now, until the rule takes over again. */
function Scale({ state, refused }: { state: ProcessState; refused: string | undefined }) {
  const act = useAct(state.service);
  const [wanted, setWanted] = useState(() => Math.min(Math.max(state.wanted, 1), state.max));
  const now = useNow();
  const until = state.pinned_until_us;
  return (
    <span className="flex items-center gap-2">
      <NumberField
        label="Instances now"
        hideLabel
        required
        min={0}
        max={state.max}
        value={wanted}
        onChange={(count) => count !== null && setWanted(count)}
      />
      <Button
        size="sm"
        disabledReason={refused}
        onClick={() => act.mutate({ action: "scale", instances: wanted })}
      >
        Scale now
      </Button>
      {until != null && until / 1000 > now && (
        <span className="text-small text-ink-3">
          kept for {format.duration(Math.ceil((until / 1000 - now) / 1000) * 1000)}
        </span>
      )}
    </span>
  );
}

/** A command that came with a file: a person looks at all of it before it runs. */
function Approval({ state }: { state: ProcessState }) {
  const act = useAct(state.service);
  return (
    <Banner
      tone="warn"
      actions={
        <Button
          size="sm"
          busy={act.isPending}
          onClick={() => act.mutate({ action: "approve", fingerprint: state.fingerprint })}
        >
          Approve and run
        </Button>
      }
    >
      <p>This command came with a file. It can do whatever you can do on this machine.</p>
      <pre className="mt-1 font-mono text-code wrap-anywhere whitespace-pre-wrap">
        {state.command}
      </pre>
      <p className="text-small">
        Folder: {state.folder ?? "that of the gateway"}
        {state.environment.length > 0 && ` · sets ${state.environment.join(", ")}`}
        {state.env_file != null && ` · reads ${state.env_file}`}
      </p>
    </Banner>
  );
}

interface CrashProps {
  state: ProcessState;
  crash: NonNullable<ProcessState["last_crash"]>;
}

function Crash({ state, crash }: CrashProps) {
  const now = useNow();
  const act = useAct(state.service);
  const looping = state.status === "crash_loop";
  const waits = looping && state.retry_at_us != null;
  const when = format.relativeTime(Math.min(crash.at_us / 1000, now), now);
  return (
    <Banner
      tone={looping ? "err" : "warn"}
      actions={
        waits && (
          <Button size="sm" onClick={() => act.mutate({ action: "start" })}>
            Try again now
          </Button>
        )
      }
    >
      <p>
        <Prose
          text={`${looping ? "It crashes again and again." : "An instance failed."} The last time ${when}: ${crash.reason}.`}
        />
      </p>
      {crash.output.length > 0 && (
        <pre
          aria-label="Its last lines on standard error"
          className="mt-1 max-h-48 overflow-y-auto font-mono text-code wrap-anywhere whitespace-pre-wrap"
          // Scrolled by keyboard too.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
        >
          {crash.output.join("\n")}
        </pre>
      )}
    </Banner>
  );
}
