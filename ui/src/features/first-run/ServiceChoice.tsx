import { useId } from "react";
import { cx, format, plain, Prose, sentence, Skeleton } from "@/ui/index.ts";
import { type Choice, speaksHttp } from "./choice.ts";
import type { Found, Scan } from "./queries.ts";

interface ServiceChoiceProps {
  scan: Scan | undefined;
  choice: Choice;
  onChoose: (choice: Choice) => void;
  address: string;
  onAddress: (address: string) => void;
  /** What is wrong with what was chosen. */
  error: string | undefined;
}

/** The services found, another address, or the echo service: radio buttons, arrows move. */
export function ServiceChoice(props: ServiceChoiceProps) {
  const { scan, choice, onChoose, address, onAddress, error } = props;
  const id = useId();
  const found = scan?.found ?? [];
  return (
    <fieldset className="overflow-hidden rounded-card border border-line bg-surface">
      <legend className="sr-only">Service to put the gateway in front of</legend>
      {scan === undefined && <Skeleton lines={3} label="Looking for services" />}
      {found.filter(speaksHttp).map((service) => (
        <Option
          key={service.port}
          checked={choice.kind === "found" && choice.port === service.port}
          onChoose={() => onChoose({ kind: "found", port: service.port })}
        >
          <FoundService found={service} />
        </Option>
      ))}
      <Option
        checked={choice.kind === "address"}
        onChoose={() => onChoose({ kind: "address" })}
        label="Another address"
        after={
          <input
            aria-label="Address of the service"
            aria-invalid={error !== undefined && choice.kind === "address" ? true : undefined}
            aria-describedby={error === undefined ? undefined : `${id}-error`}
            spellCheck={false}
            autoComplete="off"
            placeholder="http://127.0.0.1:3000"
            value={address}
            onChange={(event) => {
              onAddress(event.target.value);
              onChoose({ kind: "address" });
            }}
            className="field min-w-0 flex-1 font-mono text-code"
          />
        }
      >
        Another address
      </Option>
      <Option checked={choice.kind === "echo"} onChoose={() => onChoose({ kind: "echo" })}>
        No service yet: use the built-in echo service
      </Option>
      {error !== undefined && (
        <p id={`${id}-error`} role="alert" className="px-4 py-2 text-small text-err">
          <Prose text={sentence(error)} />
        </p>
      )}
      <Others found={found.filter((service) => !speaksHttp(service))} />
    </fieldset>
  );
}

interface OptionProps {
  checked: boolean;
  onChoose: () => void;
  /** The radio button's name, where its text is not all of the line. */
  label?: string;
  after?: React.ReactNode;
  children: React.ReactNode;
}

function Option({ checked, onChoose, label, after, children }: OptionProps) {
  return (
    <div
      className={cx(
        "flex min-h-10 items-center gap-3 border-b border-line-subtle px-4 py-1 has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-focus",
        checked ? "bg-selected" : "hover:bg-hover",
      )}
    >
      <label className={cx("flex min-w-0 items-center gap-3 self-stretch", !after && "flex-1")}>
        <input
          type="radio"
          name="service"
          aria-label={label}
          checked={checked}
          onChange={onChoose}
          // Drawn here: WebKitGTK's own knows no dark theme.
          className="size-4 shrink-0 appearance-none rounded-full border border-line-control bg-surface outline-none checked:border-[5px] checked:border-accent"
        />
        {children}
      </label>
      {after}
    </div>
  );
}

/** Port, process, title, and what it answered how fast. */
function FoundService({ found: { port, process, answer, url } }: { found: Found }) {
  if (answer.kind !== "http") return null;
  return (
    <span className="flex min-w-0 flex-1 items-baseline gap-3">
      <span className="w-14 shrink-0 font-mono text-code font-medium" title={url}>
        :{port}
      </span>
      <span className="w-24 shrink-0 truncate text-ink-2">{process?.name ?? "unknown"}</span>
      <span className="min-w-0 flex-1 truncate">{answer.title ?? ""}</span>
      <span className="shrink-0 text-small text-ink-3 max-sm:sr-only">
        answers {answer.status} in {format.duration(answer.took_us / 1000)}
      </span>
    </span>
  );
}

/** Ports that no gateway helps with, so that nobody wonders where theirs is. */
function Others({ found }: { found: readonly Found[] }) {
  if (found.length === 0) return null;
  return (
    <ul aria-label="Also listening" className="flex flex-col gap-0.5 bg-canvas px-4 py-2">
      {found.map(({ port, process, answer }) => (
        <li key={port} className="flex items-baseline gap-3 pl-7 text-small text-ink-3">
          <span className="w-14 shrink-0 font-mono text-code">:{port}</span>
          <span className="w-24 shrink-0 truncate">{process?.name ?? "unknown"}</span>
          <span className="min-w-0 flex-1 truncate">
            {answer.kind === "http" ? "" : plain(answer.reason)}
          </span>
        </li>
      ))}
    </ul>
  );
}
