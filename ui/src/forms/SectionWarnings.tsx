import type { Issue } from "@/api/index.ts";
import { Prose, sentence, Shape } from "@/ui/index.ts";

/** What of the fields above deserves a look, such as that no request can reach the route. */
export function SectionWarnings({ warnings }: { warnings: readonly Issue[] }) {
  if (warnings.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1">
      {warnings.map(({ path, message }) => (
        <li key={`${path} ${message}`} className="flex items-baseline gap-2 text-small text-warn">
          <Shape name="warn" />
          <span className="sr-only">Warning:</span>
          <span className="min-w-0">
            <Prose text={sentence(message)} />
          </span>
        </li>
      ))}
    </ul>
  );
}
