import { useQuery } from "@tanstack/react-query";
import { answer, api, queryKeys } from "@/api/index.ts";
import { FORCED, type FaultEffect, type ForcedRefusal, type NewFault } from "@/app/faults.ts";
import { Button, DurationField, NumberField, Select, SizeField } from "@/ui/index.ts";

/** The choice that stands for all of them; neither a name nor an id holds a colon. */
const ALL = ":all";

const REFUSALS = Object.keys(FORCED) as ForcedRefusal[];

/** What goes wrong; who is let through is let through beside the request that a limit stopped. */
type Kind = Exclude<FaultEffect["kind"], "let_through">;

const EFFECTS: Record<Kind, { label: string; first: FaultEffect }> = {
  error: { label: "Answer with an error", first: { kind: "error", status: 503 } },
  latency: { label: "Be late", first: { kind: "latency", ms: 1000, spread_ms: 0 } },
  reset: { label: "Close the connection", first: { kind: "reset" } },
  truncate: { label: "Break the body off", first: { kind: "truncate", after_bytes: 100 } },
  refuse: {
    label: "Refuse as the gateway does",
    first: { kind: "refuse", refusal: "limited" },
  },
  drip: { label: "Send the body slowly", first: { kind: "drip", bytes_per_second: 1000 } },
};
const KINDS = Object.keys(EFFECTS) as Kind[];

interface NewFaultFieldsProps {
  fault: NewFault;
  onChange: (fault: NewFault) => void;
  /** Names of the route's versions. */
  versions: readonly string[];
  busy: boolean;
  onCancel: () => void;
  onSubmit: () => void;
}

/** What is to go wrong, for whom and for how long. */
export function NewFaultFields(props: NewFaultFieldsProps) {
  const { fault, onChange, versions } = props;
  const set = (change: Partial<NewFault>) => onChange({ ...fault, ...change });
  const keys = useQuery({
    queryKey: [...queryKeys.keys, "for-faults"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/keys", { signal })),
  });
  const known = keys.data?.rows.map(({ key }) => key) ?? [];
  return (
    <div role="group" aria-label="New fault" className="flex flex-col gap-3">
      <div className="grid grid-cols-[repeat(auto-fill,minmax(180px,1fr))] items-start gap-x-4 gap-y-3">
        <Select
          label="What goes wrong"
          value={fault.effect.kind as Kind}
          onChange={(kind) => set({ effect: EFFECTS[kind].first })}
          options={KINDS.map((kind) => ({ value: kind, label: EFFECTS[kind].label }))}
        />
        <EffectFields effect={fault.effect} onChange={(effect) => set({ effect })} />
        <NumberField
          label="Of a hundred requests"
          required
          min={1}
          max={100}
          value={fault.share_percent ?? 100}
          onChange={(share) => share !== null && set({ share_percent: share })}
        />
        {versions.length > 0 && (
          <Select
            label="Version"
            value={fault.version ?? ALL}
            onChange={(name) => set({ version: name === ALL ? null : name })}
            options={[
              { value: ALL, label: "all versions" },
              ...versions.map((name) => ({ value: name, label: name })),
            ]}
          />
        )}
        <Select
          label="API key"
          value={fault.key ?? ALL}
          onChange={(id) => set({ key: id === ALL ? null : id })}
          options={[
            { value: ALL, label: "all callers" },
            ...known.map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
        <NumberField
          label="Ends after requests"
          placeholder="never"
          min={1}
          max={10_000}
          value={fault.times ?? null}
          onChange={(times) => set({ times })}
        />
        <DurationField
          label="Ends after"
          required
          min={1000}
          max={86_400_000}
          value={(fault.for_seconds ?? 600) * 1000}
          onChange={(ms) => ms !== null && set({ for_seconds: Math.round(ms / 1000) })}
        />
      </div>
      <div className="flex gap-2">
        <Button variant="primary" size="sm" busy={props.busy} onClick={props.onSubmit}>
          Switch it on
        </Button>
        <Button size="sm" onClick={props.onCancel}>
          Cancel
        </Button>
      </div>
    </div>
  );
}

interface EffectFieldsProps {
  effect: FaultEffect;
  onChange: (effect: FaultEffect) => void;
}

function EffectFields({ effect, onChange }: EffectFieldsProps) {
  switch (effect.kind) {
    case "error":
      return (
        <NumberField
          label="Status"
          required
          min={400}
          max={599}
          value={effect.status}
          onChange={(status) => status !== null && onChange({ ...effect, status })}
        />
      );
    case "latency":
      return (
        <>
          <DurationField
            label="By"
            required
            min={0}
            max={600_000}
            value={effect.ms}
            onChange={(ms) => ms !== null && onChange({ ...effect, ms })}
          />
          <DurationField
            label="And up to this much more"
            placeholder="no more"
            min={0}
            max={600_000}
            value={effect.spread_ms || null}
            onChange={(spread) => onChange({ ...effect, spread_ms: spread ?? 0 })}
          />
        </>
      );
    case "refuse":
      return (
        <Select
          label="With"
          value={effect.refusal}
          onChange={(refusal) => onChange({ ...effect, refusal })}
          options={REFUSALS.map((refusal) => ({ value: refusal, label: FORCED[refusal] }))}
        />
      );
    case "reset":
    case "let_through":
      return null;
    case "truncate":
      return (
        <SizeField
          label="After"
          required
          min={0}
          value={effect.after_bytes}
          onChange={(bytes) => bytes !== null && onChange({ ...effect, after_bytes: bytes })}
        />
      );
    case "drip":
      return (
        <SizeField
          label="In a second"
          required
          min={1}
          value={effect.bytes_per_second}
          onChange={(bytes) => bytes !== null && onChange({ ...effect, bytes_per_second: bytes })}
        />
      );
  }
}
