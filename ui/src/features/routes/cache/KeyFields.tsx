import { ListField, Select } from "@/ui/index.ts";
import type { CachePartProps } from "./CachePart.ts";

/** What tells one answer from another. */
export function KeyFields({ cache, set, together, issues }: CachePartProps) {
  const named = cache.query === "only" || cache.query === "except";
  return (
    <div className="flex flex-wrap items-start gap-4">
      <Select
        label="Of the query"
        className="w-56"
        value={cache.query}
        onChange={(query) =>
          set({ query, ...(query !== "only" && query !== "except" && { query_names: [] }) })
        }
        options={[
          { value: "all", label: "All of it" },
          { value: "none", label: "Nothing" },
          { value: "only", label: "Only these parameters" },
          { value: "except", label: "All but these parameters" },
        ]}
        error={issues.at("query")}
      />
      {named && (
        <ListField
          label="Parameters"
          placeholder="utm_source, utm_medium"
          value={cache.query_names}
          onChange={(query_names) => set({ query_names })}
          error={issues.at("query_names")}
        />
      )}
      <ListField
        label="Headers"
        placeholder="none"
        value={cache.headers}
        onChange={(headers) => set({ headers })}
        error={issues.at("headers")}
        help={
          together
            ? "Besides what parts are asked with, and what their Vary names: that always counts."
            : "Besides those that the answer’s Vary names, which always count."
        }
      />
    </div>
  );
}
