import { ArrowRight } from "lucide-react";
import { Fragment } from "react";
import { type Part, stepsOf } from "./aggregateText.ts";

/** Which parts are asked at the same time, and which wait for others. */
export function Steps({ parts }: { parts: readonly Part[] }) {
  const steps = stepsOf(parts);
  return (
    <ol
      aria-label="In which order parts are asked"
      className="relative flex flex-wrap items-center gap-2 rounded-control bg-sunken px-2.5 py-2"
    >
      {steps.map((step, at) => (
        <Fragment key={step.map(({ name }) => name).join()}>
          {at > 0 && (
            <li aria-hidden="true" className="text-ink-3">
              <ArrowRight size={14} />
            </li>
          )}
          <li className="flex flex-wrap gap-1">
            <span className="sr-only">{at === 0 ? "At once: " : "Then: "}</span>
            {step.map((part) => (
              <span
                key={part.name}
                className="inline-flex h-6 items-center gap-1.5 rounded-tag border border-line bg-surface px-2 text-small"
              >
                <span className="font-mono text-code-small">{part.name}</span>
                {part.for_each && <span className="text-ink-3">× list</span>}
                {!part.required && <span className="text-ink-3">optional</span>}
              </span>
            ))}
          </li>
        </Fragment>
      ))}
    </ol>
  );
}
