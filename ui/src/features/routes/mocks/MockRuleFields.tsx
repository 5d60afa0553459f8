import { Fold } from "@/forms/Fold.tsx";
import type { FieldIssues } from "@/forms/fieldIssues.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import { DurationField, NumberField, Prose, TextArea } from "@/ui/index.ts";
import { HeaderLinesField } from "../headers/HeaderLinesField.tsx";
import { ConditionsField } from "../matching/ConditionsField.tsx";
import { MethodsField } from "../matching/MethodsField.tsx";
import { PathField } from "../matching/PathField.tsx";
import type { MockRule } from "./mockText.ts";

const BODY_HELP =
  'What stands in double braces is filled in: `{{ path.id }}`, `{{ query.page }}`, `{{ headers["user-agent"] }}`, `{{ body.name }}` of a JSON body, `{{ consumer }}`, `{{ now }}`. `{{ body | tojson }}` writes a value as JSON.';

interface MockRuleFieldsProps {
  rule: MockRule;
  /** From 1. */
  number: number;
  onChange: (rule: MockRule) => void;
  /** By the path from the rule. */
  issues: FieldIssues;
}

/** Which requests a rule answers, and with what. */
export function MockRuleFields({ rule, number, onChange, issues }: MockRuleFieldsProps) {
  const set = (change: Partial<MockRule>) => onChange({ ...rule, ...change });
  const { match } = rule;
  const setMatch = (change: Partial<typeof match>) => set({ match: { ...match, ...change } });
  const conditions = match.headers.length + match.query.length;
  return (
    <div role="group" aria-label={`Rule ${number}`} className="flex flex-col gap-3">
      <PathField match={match} onChange={setMatch} error={(field) => issues.at(`match.${field}`)} />
      <MethodsField
        value={match.methods}
        onChange={(methods) => setMatch({ methods })}
        error={issues.at("match.methods")}
        help={{ none: "None pressed: any method.", some: "Others are left to the next rule." }}
      />
      <Fold
        title="Conditions"
        summary={conditions === 0 ? "none" : `${conditions}`}
        errors={issues.count("match.headers", "match.query")}
        open={conditions > 0}
      >
        <ConditionsField
          of="header"
          value={match.headers}
          onChange={(headers) => setMatch({ headers })}
          issues={issues}
          path="match.headers"
        />
        <ConditionsField
          of="query"
          value={match.query}
          onChange={(query) => setMatch({ query })}
          issues={issues}
          path="match.query"
        />
      </Fold>
      <div className="flex flex-wrap items-start gap-3">
        <NumberField
          label="Status"
          required
          min={200}
          max={599}
          value={rule.status}
          onChange={(status) => status !== null && set({ status })}
          error={issues.at("status")}
        />
        <DurationField
          label="Answer after"
          placeholder="at once"
          min={0}
          max={60_000}
          value={rule.delay_ms === 0 ? null : rule.delay_ms}
          onChange={(delay) => set({ delay_ms: delay ?? 0 })}
          error={issues.at("delay_ms")}
        />
      </div>
      <HeaderLinesField
        legend="Headers"
        one="header of the answer"
        add="Add a header"
        value={rule.headers}
        onChange={(headers) => set({ headers })}
        issues={issues}
        path="headers"
      />
      <TextArea
        label="Body"
        mono
        rows={6}
        value={rule.body}
        onChange={(body) => set({ body })}
        error={issues.at("body")}
        help={<Prose text={BODY_HELP} />}
      />
      <PartProblem
        message={issues.rest(
          "",
          "match.path",
          "match.path_kind",
          "match.methods",
          "match.headers",
          "match.query",
          "status",
          "delay_ms",
          "headers",
          "body",
        )}
      />
    </div>
  );
}
