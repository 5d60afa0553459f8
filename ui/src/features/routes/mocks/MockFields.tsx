import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { Fold } from "@/forms/Fold.tsx";
import type { FieldIssues } from "@/forms/fieldIssues.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import { Button, IconButton, Switch } from "@/ui/index.ts";
import { FromDocument } from "./FromDocument.tsx";
import { MockRuleFields } from "./MockRuleFields.tsx";
import { type Mock, type MockRule, newRule, ruleText } from "./mockText.ts";

interface MockFieldsProps {
  mock: Mock | null;
  onChange: (mock: Mock | null) => void;
  /** By the path from the mock: `rules[0].body`. */
  issues: FieldIssues;
  /** What answers where there is no mock: "the service `shop`". */
  instead: string;
}

/** Answers in the place of a service: rules in their order, the first that fits answers. */
export function MockFields({ mock, onChange, issues, instead }: MockFieldsProps) {
  const rules = mock?.rules ?? [];
  const set = (next: MockRule[]) =>
    onChange(next.length === 0 ? null : { enabled: mock?.enabled ?? true, rules: next });
  const swap = (at: number, to: number) => {
    const [one, other] = [rules[at], rules[to]];
    if (one && other) set(rules.with(at, other).with(to, one));
  };
  return (
    <>
      {mock === null ? (
        <p className="text-body text-ink-2">
          No mock: {instead} answers. A mock answers instead, with what its rules say, while a
          service is still being written or to see what callers do.
        </p>
      ) : (
        <Switch
          label="The mock answers"
          help={`The first rule that fits answers. What none fits goes on: ${instead} answers. Off, the rules are kept.`}
          checked={mock.enabled}
          onChange={(enabled) => onChange({ ...mock, enabled })}
        />
      )}
      {rules.length > 0 && (
        <ol className="flex flex-col" aria-label="Rules of the mock">
          {rules.map((rule, at) => (
            // A rule has no identity but its place.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={at}>
              <Fold
                title={`Rule ${at + 1}`}
                summary={ruleText(rule)}
                errors={issues.count(`rules[${at}]`)}
                open={rules.length === 1}
                actions={
                  <>
                    <IconButton
                      size="sm"
                      label={`Move rule ${at + 1} up`}
                      icon={<ArrowUp size={14} aria-hidden="true" />}
                      {...(at === 0 && { disabledReason: "It is the first." })}
                      onClick={() => swap(at, at - 1)}
                    />
                    <IconButton
                      size="sm"
                      label={`Move rule ${at + 1} down`}
                      icon={<ArrowDown size={14} aria-hidden="true" />}
                      {...(at === rules.length - 1 && { disabledReason: "It is the last." })}
                      onClick={() => swap(at, at + 1)}
                    />
                    <IconButton
                      size="sm"
                      label={`Remove rule ${at + 1}`}
                      icon={<X size={14} aria-hidden="true" />}
                      onClick={() => set(rules.toSpliced(at, 1))}
                    />
                  </>
                }
              >
                <MockRuleFields
                  rule={rule}
                  number={at + 1}
                  onChange={(next) => set(rules.with(at, next))}
                  issues={issues.within(`rules[${at}]`)}
                />
              </Fold>
            </li>
          ))}
        </ol>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <Button
          size="sm"
          icon={<Plus size={12} aria-hidden="true" />}
          onClick={() => set([...rules, newRule()])}
        >
          {mock === null ? "Answer with a mock" : "Add a rule"}
        </Button>
        <FromDocument onRules={(made) => set([...rules, ...made])} />
      </div>
      <PartProblem message={issues.rest("", ...rules.map((_, at) => `rules[${at}]`))} />
    </>
  );
}
