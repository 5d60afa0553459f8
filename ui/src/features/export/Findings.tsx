import { Link } from "@tanstack/react-router";
import { Lock, LockOpen } from "lucide-react";
import { type KeyboardEvent, useId } from "react";
import type { Config } from "@/api/index.ts";
import { Badge, Button, cx, format, Prose, sentence, Shape, TONE_INK } from "@/ui/index.ts";
import type { Exported, Finding } from "./queries.ts";
import { settingAt, type SettingPlace } from "./settings.ts";
import { byRoute, GRADES, type Group, groups, keyOf } from "./words.ts";

interface FindingsProps {
  exported: Exported;
  config: Config;
  /** Routes that a person has opened. */
  open: readonly string[];
  onOpen: (route: string, open: boolean) => void;
  /** Key of the finding whose line is shown. */
  chosen: string | null;
  onChoose: (finding: Finding) => void;
}

/** What is not carried over exactly, by grade; a finding shows its line and leads to its setting. */
export function Findings(props: FindingsProps) {
  const found = groups(props.exported);
  return (
    <div data-findings="" className="flex flex-col gap-4">
      {found.map((group) => (
        <GradeSection key={group.grade} group={group} {...props} />
      ))}
    </div>
  );
}

/** Up and Down go from finding to finding. */
function moveAlong(event: KeyboardEvent<HTMLElement>) {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const list = event.currentTarget.closest("[data-findings]");
  if (step === 0 || !list) return;
  const all = [...list.querySelectorAll<HTMLElement>("[data-finding]")];
  event.preventDefault();
  all[all.indexOf(event.currentTarget) + step]?.focus();
}

function GradeSection({ group, ...props }: FindingsProps & { group: Group }) {
  const { title, means, tone, shape } = GRADES[group.grade];
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="flex items-center gap-2 text-heading">
        <Shape name={shape} className={TONE_INK[tone]} />
        {title}
        <span className="font-normal text-ink-3 tabular-nums">{group.findings.length}</span>
      </h2>
      <p className="mb-1.5 text-small text-ink-3">{means}</p>
      {group.grade === "less_strict" ? (
        <ByRoute findings={group.findings} {...props} />
      ) : (
        <FindingList findings={group.findings} {...props} />
      )}
    </section>
  );
}

function ByRoute({ findings, ...props }: FindingsProps & { findings: readonly Finding[] }) {
  const all = byRoute(findings, props.exported.closed, props.open);
  return (
    <div className="flex flex-col gap-2">
      {all.map((one) => (
        <div key={one.route} className="rounded-card border border-line-subtle">
          {one.route !== null && (
            <StrictRoute route={one.route} closed={one.closed} onOpen={props.onOpen} />
          )}
          <FindingList bare findings={one.findings} {...props} />
        </div>
      ))}
    </div>
  );
}

interface StrictRouteProps extends Pick<FindingsProps, "onOpen"> {
  route: string;
  closed: boolean;
}

/** A route that would be less strict, and what becomes of it. */
function StrictRoute({ route, closed, onOpen }: StrictRouteProps) {
  const label = closed ? "Export it open anyway" : "Export it closed again";
  const Icon = closed ? LockOpen : Lock;
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line-subtle px-2.5 py-1.5">
      <Link to="/routes" search={{ sel: route }} className="font-mono text-code">
        {route}
      </Link>
      {closed ? (
        <Badge tone="ok" shape="ok">
          closed, answers 403
        </Badge>
      ) : (
        <Badge tone="err" shape="err">
          open, as you said
        </Badge>
      )}
      <Button
        size="sm"
        className="ml-auto"
        icon={<Icon size={14} aria-hidden="true" />}
        aria-label={`${label}: ${route}`}
        onClick={() => onOpen(route, closed)}
      >
        {label}
      </Button>
    </div>
  );
}

function FindingList({
  findings,
  bare = false,
  ...props
}: FindingsProps & { findings: readonly Finding[]; bare?: boolean }) {
  return (
    <ul
      className={cx(
        "divide-y divide-line-subtle overflow-hidden",
        !bare && "rounded-card border border-line-subtle",
      )}
    >
      {findings.map((finding) => (
        <FindingRow key={keyOf(finding)} finding={finding} {...props} />
      ))}
    </ul>
  );
}

function FindingRow({ finding, config, chosen, onChoose }: FindingsProps & { finding: Finding }) {
  const { path, note, place } = finding;
  const current = chosen === keyOf(finding);
  const setting = settingAt(path, config);
  const text = <Prose text={sentence(note)} />;
  return (
    <li className={cx("px-2.5 py-1.5", current && "bg-selected")}>
      <p className="text-small text-ink-3">
        {setting ? <SettingLink setting={setting} /> : <code className="font-mono">{path}</code>}
      </p>
      {place ? (
        <button
          type="button"
          data-finding=""
          aria-current={current}
          onKeyDown={moveAlong}
          onClick={() => onChoose(finding)}
          className="group flex w-full items-baseline gap-3 rounded-tag text-left"
        >
          <span className="min-w-0 flex-1 break-words group-hover:text-accent-ink">{text}</span>
          <span className="shrink-0 font-mono text-code-small text-ink-2 tabular-nums underline decoration-line-control underline-offset-2 group-hover:text-accent-ink">
            {place.file}:{format.count(place.line)}
          </span>
        </button>
      ) : (
        <p className="break-words">{text}</p>
      )}
    </li>
  );
}

function SettingLink({ setting }: { setting: SettingPlace }) {
  return (
    <>
      <Link {...setting.to}>
        <Prose text={sentence(setting.name).slice(0, -1)} />
      </Link>
      {setting.rest !== "" && <code className="ml-2 font-mono break-all">{setting.rest}</code>}
    </>
  );
}
