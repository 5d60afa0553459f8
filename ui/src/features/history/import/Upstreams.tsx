import { ArrowRight } from "lucide-react";
import { Button, format, TextField } from "@/ui/index.ts";
import type { Upstream } from "./queries.ts";

interface UpstreamsProps {
  upstreams: readonly Upstream[];
  /** Other addresses by those in the file; empty text is none. */
  other: Readonly<Record<string, string>>;
  /** Other addresses by those in the file. */
  onChange: (addresses: Record<string, string>) => void;
  /** What is wrong with the address given for one. */
  wrong: (from: string) => string | undefined;
}

/** Where what listens at an address in the file listens here, said once for the whole file. */
export function Upstreams({ upstreams, other, onChange, wrong }: UpstreamsProps) {
  const suggested = upstreams.filter(({ suggestion }) => suggestion != null);
  return (
    <section aria-labelledby="import-upstreams" className="flex flex-col gap-2">
      <header className="flex flex-wrap items-center gap-2">
        <h3 id="import-upstreams" className="flex-1 text-heading">
          Where the services listen
        </h3>
        {suggested.length > 0 && (
          <Button
            size="sm"
            onClick={() =>
              onChange(
                Object.fromEntries(
                  suggested.map(({ from, suggestion }) => [from, suggestion ?? ""]),
                ),
              )
            }
          >
            All on this machine
          </Button>
        )}
      </header>
      <ul className="flex flex-col gap-2">
        {upstreams.map(({ from, services, needs_another }) => (
          <li key={from} className="grid items-start gap-x-3 gap-y-1 sm:grid-cols-2">
            <div className="flex min-w-0 items-center gap-2 sm:pt-1">
              <span className="min-w-0 flex-1">
                <code className="block truncate font-mono text-code" title={from}>
                  {needs_another ? "no address in the file" : from}
                </code>
                <span className="block truncate text-small text-ink-3" title={services.join(", ")}>
                  {services.length > 2
                    ? format.plural(services.length, "service")
                    : services.join(", ")}
                </span>
              </span>
              <ArrowRight size={14} aria-hidden="true" className="shrink-0 text-ink-3" />
            </div>
            <TextField
              label={`Address here instead of ${from}`}
              hideLabel
              mono
              placeholder={needs_another ? "Say where it listens" : "As in the file"}
              value={other[from] ?? ""}
              onChange={(to) => onChange({ [from]: to })}
              error={wrong(from)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
