import type { Issue } from "@/api/index.ts";
import { Prose, sentence, Shape } from "@/ui/index.ts";

/** What is wrong elsewhere in the configuration, and what deserves a look. */
export function Issues({ issues }: { issues: readonly Issue[] }) {
  if (issues.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1 px-4 py-2">
      {issues.map(({ path, severity, message }) => (
        <li key={`${path} ${message}`} className="flex items-baseline gap-2 text-small">
          <Shape
            name={severity === "error" ? "err" : "warn"}
            className={severity === "error" ? "text-err" : "text-warn"}
          />
          <span className="sr-only">{severity === "error" ? "Error:" : "Warning:"}</span>
          <span>
            {path !== "" && <code className="mr-2 font-mono text-code text-ink-3">{path}</code>}
            <Prose text={sentence(message)} />
          </span>
        </li>
      ))}
    </ul>
  );
}
