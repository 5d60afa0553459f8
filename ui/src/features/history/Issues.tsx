import type { Issue } from "@/api/index.ts";
import { plain, Prose, sentence, Shape } from "@/ui/index.ts";

/** What is wrong with a configuration or deserves a look, each with its path. */
export function Issues({ issues }: { issues: readonly Issue[] }) {
  return (
    <ul className="flex flex-col gap-1 text-body">
      {issues.map(({ path, severity, message }) => (
        <li key={`${path} ${message}`} className="flex items-baseline gap-2">
          <Shape
            name={severity === "error" ? "err" : "warn"}
            className={severity === "error" ? "text-err" : "text-warn"}
          />
          <span className="min-w-0 break-words">
            {path !== "" && (
              <code className="mr-2 font-mono text-code text-ink-3">{plain(path)}</code>
            )}
            <Prose text={sentence(message)} />
          </span>
        </li>
      ))}
    </ul>
  );
}
