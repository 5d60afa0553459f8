import { NumberField, TextArea } from "@/ui/index.ts";
import { HeaderLinesField } from "../headers/HeaderLinesField.tsx";
import { PartProblem } from "@/forms/PartProblem.tsx";
import type { RoutePartProps } from "../RoutePart.ts";

/** What the gateway answers by itself. */
export function FixedAnswerFields({ route, onChange, issues }: RoutePartProps) {
  const { respond } = route;
  if (respond === null) return null;
  const set = (change: Partial<typeof respond>) =>
    onChange({ ...route, respond: { ...respond, ...change } });
  return (
    <>
      <NumberField
        label="Status"
        required
        min={200}
        max={599}
        value={respond.status}
        onChange={(status) => status !== null && set({ status })}
        error={issues.at("respond.status")}
      />
      <HeaderLinesField
        legend="Headers"
        one="header of the answer"
        add="Add a header"
        value={respond.headers}
        onChange={(headers) => set({ headers })}
        issues={issues}
        path="respond.headers"
      />
      <TextArea
        label="Body"
        mono
        rows={6}
        value={respond.body}
        onChange={(body) => set({ body })}
        error={issues.at("respond.body")}
        help="Sent as it is; as plain text unless a Content-Type header says otherwise."
      />
      <PartProblem
        message={issues.rest("respond", "respond.status", "respond.headers", "respond.body")}
      />
    </>
  );
}
