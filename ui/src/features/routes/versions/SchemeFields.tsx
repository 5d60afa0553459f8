import type { Versions } from "@/api/index.ts";
import { Select, Switch, TextField } from "@/ui/index.ts";
import { USUAL_NAMES } from "./versionsText.ts";
import type { VersionsPartProps } from "./VersionsPart.ts";

export const SCHEMES: readonly { value: Versions["by"]; label: string; hint: string }[] = [
  { value: "path", label: "The path", hint: "/v1/orders or /orders/v1" },
  { value: "header", label: "A header", hint: "X-API-Version: v1" },
  { value: "query", label: "The query", hint: "?version=v1" },
  { value: "accept", label: "Accept", hint: "application/json; version=v1" },
  { value: "host", label: "The host", hint: "v1.shop.localhost" },
];

const NAME_LABELS = {
  header: "Name of the header",
  query: "Name of the parameter",
  accept: "Name of the parameter of Accept",
} as const;

const STRIP_LABELS = {
  path: "Remove the segment before forwarding",
  header: "Remove the header before forwarding",
  query: "Remove the parameter before forwarding",
} as const;

/** Where callers say which version they want. */
export function SchemeFields({ versions, onChange, issues }: Omit<VersionsPartProps, "config">) {
  const set = (change: Partial<Versions>) => onChange({ ...versions, ...change });
  const { by } = versions;
  const named = by === "header" || by === "query" || by === "accept";
  return (
    <>
      <div className="flex flex-wrap items-start gap-x-3 gap-y-3">
        <Select
          label="Callers name a version in"
          className="w-52"
          value={by}
          // A name or a pattern is of one place: another has its own.
          onChange={(next) => set({ by: next, name: null, place: "first", pattern: null })}
          options={SCHEMES}
          error={issues.at("by")}
        />
        {named && (
          <TextField
            label={NAME_LABELS[by]}
            mono
            className="min-w-44 flex-1"
            placeholder={USUAL_NAMES[by]}
            value={versions.name ?? ""}
            onChange={(name) => set({ name: name === "" ? null : name })}
            error={issues.at("name")}
          />
        )}
        {by === "path" && (
          <Select
            label="It is the segment"
            className="min-w-44 flex-1"
            value={versions.place}
            onChange={(place) => set({ place })}
            options={[
              { value: "first", label: "Before the route's path", hint: "/v1/orders" },
              { value: "after_prefix", label: "After the route's prefix", hint: "/orders/v1" },
            ]}
            error={issues.at("place")}
          />
        )}
      </div>
      {(by === "path" || by === "host") && (
        <TextField
          label="What a version looks like"
          mono
          placeholder="v[0-9]+(\.[0-9]+)*"
          value={versions.pattern ?? ""}
          onChange={(pattern) => set({ pattern: pattern === "" ? null : pattern })}
          error={issues.at("pattern")}
          help={
            by === "path"
              ? "An expression for the whole segment: any other is part of the path. The values below always count."
              : "An expression for the whole first label. The values below always count."
          }
        />
      )}
      {(by === "path" || by === "header" || by === "query") && (
        <Switch
          label={STRIP_LABELS[by]}
          checked={versions.strip}
          onChange={(strip) => set({ strip })}
        />
      )}
    </>
  );
}
