import type { RateLimit } from "@/api/index.ts";
import { Select, TextField } from "@/ui/index.ts";
import type { FieldIssues } from "../fieldIssues.ts";

type Whose = Pick<RateLimit, "by" | "of">;

interface WhoseFieldsProps {
  value: Whose;
  onChange: (whose: Whose) => void;
  issues: FieldIssues;
}

/** Whose requests a limit counts together. */
export function WhoseFields({ value: { by, of }, onChange, issues }: WhoseFieldsProps) {
  const named = by === "header" || by === "claim";
  return (
    <>
      <Select
        label="counted per"
        narrow
        value={by}
        onChange={(next) => onChange({ by: next, of: next === by ? of : null })}
        options={[
          { value: "key", label: "API key", hint: "or another credential" },
          { value: "consumer", label: "consumer", hint: "all their keys together" },
          { value: "ip", label: "client IP" },
          { value: "header", label: "header", hint: "each value of a header" },
          { value: "claim", label: "claim", hint: "each value of a claim of the token" },
          { value: "route", label: "route", hint: "all callers together" },
          { value: "global", label: "everything", hint: "all that this limit counts" },
        ]}
        error={issues.at("by")}
      />
      {named && (
        <TextField
          label={by === "header" ? "Header" : "Claim"}
          mono
          className="w-36"
          placeholder={by === "header" ? "X-Tenant" : "tenant"}
          value={of ?? ""}
          onChange={(name) => onChange({ by, of: name === "" ? null : name })}
          error={issues.at("of")}
        />
      )}
    </>
  );
}
