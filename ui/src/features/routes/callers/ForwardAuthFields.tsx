import type { ForwardAuth } from "@/api/index.ts";
import type { FieldIssues } from "@/forms/fieldIssues.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import { DurationField, ListField, TextField } from "@/ui/index.ts";

interface ForwardAuthFieldsProps {
  forward: ForwardAuth;
  onChange: (forward: ForwardAuth) => void;
  /** By the path from `authentication.forward`. */
  issues: FieldIssues;
}

const SHOWN = ["url", "timeout_ms", "request_headers", "response_headers", "consumer_header"];

/** Which service is asked about callers, and what it is told and tells. */
export function ForwardAuthFields({ forward, onChange, issues }: ForwardAuthFieldsProps) {
  const set = (change: Partial<ForwardAuth>) => onChange({ ...forward, ...change });
  return (
    <div
      role="group"
      aria-label="The service that is asked"
      className="grid grid-cols-[repeat(auto-fill,minmax(200px,1fr))] items-start gap-x-4 gap-y-3"
    >
      <TextField
        label="Ask at"
        mono
        type="url"
        className="col-span-full"
        placeholder="http://127.0.0.1:9001/check"
        value={forward.url}
        onChange={(url) => set({ url })}
        error={issues.at("url")}
        help="By GET, with the caller’s headers below. 2xx lets a request through; any other answer goes to the caller."
      />
      <ListField
        label="Headers it gets"
        placeholder="Authorization, Cookie"
        value={forward.request_headers}
        onChange={(request_headers) => set({ request_headers })}
        error={issues.at("request_headers")}
      />
      <ListField
        label="Headers of its answer for the service"
        placeholder="none"
        value={forward.response_headers}
        onChange={(response_headers) => set({ response_headers })}
        error={issues.at("response_headers")}
      />
      <TextField
        label="Header of its answer that names the consumer"
        mono
        placeholder="none"
        value={forward.consumer_header ?? ""}
        onChange={(name) => set({ consumer_header: name === "" ? null : name })}
        error={issues.at("consumer_header")}
      />
      <DurationField
        label="Longest wait"
        required
        min={10}
        max={600_000}
        value={forward.timeout_ms}
        onChange={(ms) => ms !== null && set({ timeout_ms: ms })}
        error={issues.at("timeout_ms")}
        help="Then callers are answered 504."
      />
      <div className="col-span-full empty:hidden">
        <PartProblem message={issues.rest("", ...SHOWN)} />
      </div>
    </div>
  );
}
