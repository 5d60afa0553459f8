import { Prose, Select, TextField } from "@/ui/index.ts";
import { examplePath, type Match } from "./matchText.ts";

interface PathFieldProps {
  match: Match;
  onChange: (change: Partial<Match>) => void;
  error: (field: "path" | "path_kind") => string | undefined;
}

const LABELS = {
  prefix: "Path prefix",
  exact: "Path",
  template: "Path template",
  regex: "Path expression",
} as const;

/** Which paths a route takes, and how the words for them are read. */
export function PathField({ match, onChange, error }: PathFieldProps) {
  return (
    <div className="flex flex-wrap items-start gap-x-3 gap-y-3">
      <TextField
        label={LABELS[match.path_kind]}
        mono
        className="min-w-52 flex-1"
        value={match.path}
        onChange={(path) => onChange({ path })}
        error={error("path")}
        help={<Prose text={helpText(match)} />}
      />
      <Select
        label="Read as"
        className="w-36"
        value={match.path_kind}
        onChange={(path_kind) => onChange({ path_kind })}
        options={[
          { value: "prefix", label: "Prefix", hint: "Whole segments from the beginning" },
          { value: "exact", label: "Exact", hint: "This path and no other" },
          { value: "template", label: "Template", hint: "Segments, some of them parameters" },
          { value: "regex", label: "Expression", hint: "A regular expression for the whole path" },
        ]}
        error={error("path_kind")}
      />
    </div>
  );
}

function helpText(match: Match): string {
  const { path, path_kind } = match;
  switch (path_kind) {
    case "prefix":
      if (path === "/" || !path.startsWith("/")) return "“/” takes every path.";
      return `Takes \`${path}\` and \`${path}/7\`, not \`${path}-old\`. A longer prefix wins.`;
    case "exact":
      return "This path and no other.";
    case "template": {
      const example = examplePath(match);
      if (example === null || example === path) {
        return "Write `{id}` for a segment, `{rest...}` at the end for one or more.";
      }
      return `Takes \`${example}\`. \`{name...}\` at the end takes one or more segments.`;
    }
    case "regex":
      return "For the whole path, in linear time: no look-around, no back references.";
  }
}
