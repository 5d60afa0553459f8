import { ArrowUp, Plus, X } from "lucide-react";
import { useMemo } from "react";
import type { Config } from "@/api/index.ts";
import { Button, DurationField, IconButton, SizeField, Switch } from "@/ui/index.ts";
import { Fold } from "@/forms/Fold.tsx";
import { PartProblem } from "@/forms/PartProblem.tsx";
import type { RoutePartProps } from "../RoutePart.ts";
import { FieldGrid } from "../service/FieldGroup.tsx";
import { type Aggregate, partText, withAnother } from "./aggregateText.ts";
import { Failures } from "./Failures.tsx";
import { PartFields } from "./PartFields.tsx";
import { Preview } from "./Preview.tsx";
import { alone } from "./queries.ts";
import { Steps } from "./Steps.tsx";

interface AggregateFieldsProps extends RoutePartProps {
  config: Config;
}

/** An answer made of several services': its parts, what comes of them, and what if some fail. */
export function AggregateFields({ route, onChange, issues, config }: AggregateFieldsProps) {
  const { aggregate } = route;
  const draft = useMemo(() => alone(config, route), [config, route]);
  if (aggregate === null) return null;
  const { parts } = aggregate;
  const within = issues.within("aggregate");
  const set = (change: Partial<Aggregate>) =>
    onChange({ ...route, aggregate: { ...aggregate, ...change } });
  const names = parts.map(({ name }) => name);
  const wrong = issues.count("") > 0;
  return (
    <>
      <div role="group" aria-label="Parts of the answer" className="flex flex-col gap-1">
        <h4 className="text-body font-medium">Parts</h4>
        <ul className="divide-y divide-line-subtle rounded-control border border-line-subtle px-1.5">
          {parts.map((part, at) => (
            // A part has no identity but its place: its name may change while it is edited.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={at}>
              <Fold
                title={
                  <span className="inline-flex items-center gap-2">
                    <span className="font-mono text-code">{part.name}</span>
                    {!part.required && <span className="text-small text-ink-3">optional</span>}
                  </span>
                }
                summary={partText(part, names)}
                errors={within.count(`parts[${at}]`)}
                actions={
                  <>
                    {at > 0 && (
                      <IconButton
                        size="sm"
                        label={`Move part ${part.name} up`}
                        icon={<ArrowUp size={14} aria-hidden="true" />}
                        onClick={() => set({ parts: moved(parts, at) })}
                      />
                    )}
                    {parts.length > 1 && (
                      <IconButton
                        size="sm"
                        label={`Remove part ${part.name}`}
                        icon={<X size={14} aria-hidden="true" />}
                        onClick={() => set({ parts: parts.toSpliced(at, 1) })}
                      />
                    )}
                  </>
                }
              >
                <PartFields
                  part={part}
                  onChange={(next) => set({ parts: parts.with(at, next) })}
                  issues={within.within(`parts[${at}]`)}
                  route={route}
                  config={config}
                />
              </Fold>
            </li>
          ))}
        </ul>
        <Button
          size="sm"
          className="mt-1 self-start"
          icon={<Plus size={12} aria-hidden="true" />}
          onClick={() => onChange({ ...route, aggregate: withAnother(aggregate, config) })}
        >
          Add part
        </Button>
      </div>
      <Steps parts={parts} />
      <FieldGrid>
        <DurationField
          label="The whole may take"
          required
          min={1}
          max={600_000}
          value={aggregate.deadline_ms}
          onChange={(ms) => ms !== null && set({ deadline_ms: ms })}
          error={within.at("deadline_ms")}
        />
        <SizeField
          label="All parts at most"
          required
          min={1}
          max={268_435_456}
          value={aggregate.max_bytes}
          onChange={(bytes) => bytes !== null && set({ max_bytes: bytes })}
          error={within.at("max_bytes")}
        />
      </FieldGrid>
      <Switch
        label="Say in the answer what is missing"
        help="Under _meta, with reasons. Headers say which parts are missing in any case."
        checked={aggregate.meta}
        onChange={(meta) => set({ meta })}
      />
      <PartProblem
        message={within.rest(
          "",
          "deadline_ms",
          "max_bytes",
          ...parts.map((_, at) => `parts[${at}]`),
        )}
      />
      <Preview route={route} draft={draft} wrong={wrong} />
      <Failures route={route} draft={draft} wrong={wrong} />
    </>
  );
}

/** The part at `at` one place earlier. */
function moved(parts: Aggregate["parts"], at: number): Aggregate["parts"] {
  const part = parts[at];
  return part ? parts.toSpliced(at, 1).toSpliced(at - 1, 0, part) : parts;
}
