import { useEffect, useRef } from "react";
import { NumberField, Prose, Select, Switch, TextArea, TextField } from "@/ui/index.ts";
import {
  type As,
  type EditedRequest,
  editedOf,
  type ReplayDraft,
  type Where,
} from "./replayDraft.ts";
import type { ReplayPlan } from "./replayQueries.ts";
import { useCallers } from "./whatif/queries.ts";

interface ReplayFormProps {
  plan: ReplayPlan;
  draft: ReplayDraft;
  onChange: (draft: ReplayDraft) => void;
}

/** Where a request is sent again, as whom, how often, and with which changes. */
export function ReplayForm({ plan, draft, onChange }: ReplayFormProps) {
  const set = (change: Partial<ReplayDraft>) => onChange({ ...draft, ...change });
  const { edited } = draft;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
        <Select<Where>
          label="Send to"
          className="w-64"
          value={draft.where}
          onChange={(where) => set({ where })}
          options={places(plan)}
        />
        {!draft.where.startsWith("target ") && (
          <CallerChoice plan={plan} value={draft.as} onChange={(as) => set({ as })} />
        )}
        <NumberField
          label="Times"
          value={draft.times}
          min={1}
          max={plan.most_times}
          required
          onChange={(times) => set({ times: times ?? 1 })}
        />
        {draft.times > 1 && (
          <NumberField
            label="At the same time"
            value={draft.atOnce}
            min={1}
            max={20}
            required
            onChange={(atOnce) => set({ atOnce: atOnce ?? 1 })}
          />
        )}
      </div>
      {plan.why_once != null && <p className="text-small text-ink-3">{plan.why_once}</p>}
      {plan.left_out.length > 0 && edited === null && (
        <ul aria-label="What is not in the log" className="flex flex-col text-ink-2">
          {plan.left_out.map((line) => (
            <li key={line}>
              <Prose text={line} />
            </li>
          ))}
        </ul>
      )}
      <Switch
        label="Edit the request"
        checked={edited !== null}
        onChange={(on) => set({ edited: on ? editedOf(requestFor(plan, draft.where)) : null })}
      />
      {edited && <Editor edited={edited} onChange={(next) => set({ edited: next })} />}
    </div>
  );
}

/** To a target it is the service's own request that is edited. */
function requestFor({ request, direct }: ReplayPlan, where: Where) {
  return where.startsWith("target ") ? (direct ?? request) : request;
}

function places({ versions, version, targets }: ReplayPlan) {
  const gateway: { value: Where; label: string; hint?: string } = {
    value: "gateway",
    label: "The gateway",
    hint: "As its caller did",
  };
  return [
    gateway,
    ...versions.map((name) => ({
      value: `version ${name}` as Where,
      label: `Version ${name}`,
      ...(name === version && { hint: "That of the original" }),
    })),
    ...targets.map((url) => ({
      value: `target ${url}` as Where,
      label: url,
      hint: "Straight to the target, past the gateway",
    })),
  ];
}

interface CallerChoiceProps {
  plan: ReplayPlan;
  value: As;
  onChange: (as: As) => void;
}

function CallerChoice({ plan, value, onChange }: CallerChoiceProps) {
  const { keys, consumers } = useCallers() ?? { keys: [], consumers: [] };
  const listed = keys.some(({ id }) => id === plan.key?.id);
  const own = plan.key && !listed ? [plan.key] : [];
  const theirs = plan.consumer;
  const named = [...new Set([...(theirs == null ? [] : [theirs]), ...consumers])].toSorted();
  const choice = (as: As, label: string, isOriginal: boolean) =>
    isOriginal ? { value: as, label, hint: "That of the original" } : { value: as, label };
  return (
    <Select<As>
      label="As"
      className="w-56"
      value={value}
      onChange={onChange}
      help={
        value === ""
          ? undefined
          : value.startsWith("key ")
            ? "Granted to this alone; the key itself is not sent."
            : "Granted to this alone, with the groups, scopes and plan of the consumer; no key is sent."
      }
      options={[
        { value: "", label: "Whoever the request says" },
        ...[...own, ...keys].map(({ id, name }) =>
          choice(`key ${id}`, `Key ${name}`, id === plan.key?.id),
        ),
        ...named.map((name) => choice(`consumer ${name}`, `Consumer ${name}`, name === theirs)),
      ]}
    />
  );
}

interface EditorProps {
  edited: EditedRequest;
  onChange: (edited: EditedRequest) => void;
}

function Editor({ edited, onChange }: EditorProps) {
  const set = (change: Partial<EditedRequest>) => onChange({ ...edited, ...change });
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => frame.current?.querySelector<HTMLElement>("[data-path] input")?.focus(), []);
  return (
    <div
      ref={frame}
      role="group"
      aria-label="The request to send"
      className="flex flex-col gap-3 rounded-control border border-line-subtle p-3"
    >
      <div className="flex flex-wrap gap-3">
        <TextField
          label="Method"
          mono
          className="w-24"
          value={edited.method}
          onChange={(method) => set({ method })}
        />
        <div data-path className="min-w-64 flex-1">
          <TextField
            label="Path and query"
            mono
            value={edited.path}
            onChange={(path) => set({ path })}
          />
        </div>
        <TextField
          label="Host"
          mono
          className="w-48"
          value={edited.host}
          onChange={(host) => set({ host })}
        />
      </div>
      <TextArea
        label="Headers"
        mono
        rows={5}
        value={edited.headers}
        help="One a line. What describes the connection and the body's length is set by itself."
        onChange={(headers) => set({ headers })}
      />
      <TextArea
        label={edited.isBase64 ? "Body, in base64" : "Body"}
        mono
        rows={6}
        value={edited.body}
        onChange={(body) => set({ body })}
      />
    </div>
  );
}
