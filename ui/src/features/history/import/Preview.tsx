import { Banner, format, Prose, SegmentedControl, Switch, TextField } from "@/ui/index.ts";
import { Changes } from "../Changes.tsx";
import { Issues } from "../Issues.tsx";
import { Findings } from "./Findings.tsx";
import { PlannedRoutes } from "./PlannedRoutes.tsx";
import type { Report, Wishes } from "./queries.ts";
import { Upstreams } from "./Upstreams.tsx";

interface PreviewProps {
  found: Report;
  wishes: Wishes;
  onWishes: (wishes: Wishes) => void;
}

/** What a file comes to, and what a person may say about it before it is taken over. */
export function Preview({ found, wishes, onWishes }: PreviewProps) {
  const foreign = found.format !== "gatewright";
  const other = Object.fromEntries(wishes.upstreams.map(({ from, to }) => [from, to]));
  const given = wishes.upstreams.filter(({ to }) => to.trim() !== "");
  const readdress = (addresses: Record<string, string>) => {
    const all = Object.entries({ ...other, ...addresses });
    const upstreams = all.map(([from, to]) => ({ from, to })).filter(({ to }) => to !== "");
    onWishes({ ...wishes, upstreams });
  };
  const wrong = (from: string) => {
    const place = given.findIndex((one) => one.from === from);
    return found.issues.find(({ path }) => path === `upstreams[${place}].to`)?.message;
  };
  const noFolder = found.issues.find(({ path }) => path === "folder");
  const besideFields = ({ path }: { path: string }) =>
    path === "folder" || path.startsWith("upstreams[");
  const issues = found.issues.filter((issue) => !besideFields(issue));
  return (
    <div className="flex flex-col gap-5">
      {found.format != null && (
        <div className="flex flex-wrap items-center gap-3">
          <p role="status" className="flex-1 text-body text-ink-2">
            {summary(found)}
          </p>
          <SegmentedControl
            label="What becomes of what is there"
            value={found.mode ?? "merge"}
            onChange={(mode) => onWishes({ ...wishes, mode })}
            options={[
              { value: "merge", label: "Join what is there" },
              { value: "replace", label: foreign ? "Replace services and routes" : "Replace all" },
            ]}
          />
        </div>
      )}
      {found.format === "procfile" && (
        <TextField
          label="Folder its commands run in"
          mono
          placeholder="that of the gateway"
          value={wishes.folder}
          onChange={(folder) => onWishes({ ...wishes, folder })}
          error={noFolder?.message}
          help="Usually the one the Procfile is in, from the root on, such as /home/me/shop. A file that is dropped or chosen here does not say where it was."
        />
      )}
      {found.reads.length > 0 && (
        <Banner tone="warn">
          <div className="flex flex-col gap-1 py-1">
            <p>The file makes the gateway read {found.reads.map(plainly).join(", ")}.</p>
            <Switch
              label="It may read them"
              checked={wishes.allow_reads}
              onChange={(allow_reads) => onWishes({ ...wishes, allow_reads })}
            />
          </div>
        </Banner>
      )}
      {found.runs.length > 0 && (
        <Banner tone="warn">
          <div className="flex flex-col gap-1 py-1">
            <p>Services of the file run programs on this machine:</p>
            <ul className="list-disc pl-5">
              {found.runs.map((one) => (
                <li key={one} className="break-words">
                  <Prose text={one} />
                </li>
              ))}
            </ul>
            <Switch
              label="They may run"
              help="If not, each waits until you have approved it on its service's page."
              checked={wishes.allow_runs}
              onChange={(allow_runs) => onWishes({ ...wishes, allow_runs })}
            />
          </div>
        </Banner>
      )}
      {issues.length > 0 && (
        <section>
          <h3 className="pb-1 text-heading">
            {found.valid ? "Worth a look" : "What is wrong with it"}
          </h3>
          <Issues issues={issues} />
        </section>
      )}
      {foreign && found.upstreams.length > 0 && (
        <Upstreams upstreams={found.upstreams} other={other} onChange={readdress} wrong={wrong} />
      )}
      {foreign && found.findings.length > 0 && (
        <section>
          <h3 className="pb-1 text-heading">What is different here</h3>
          <Findings findings={found.findings} />
        </section>
      )}
      {foreign && found.routes.length > 0 && (
        <PlannedRoutes
          routes={found.routes}
          skip={wishes.skip}
          onSkip={(skip) => onWishes({ ...wishes, skip })}
        />
      )}
      {found.valid && (
        <section>
          <h3 className="pb-1 text-heading">What it changes</h3>
          <Changes
            changes={found.changes.slice(0, MOST_CHANGES)}
            none="Nothing: it says what is in force already."
          />
          {found.changes.length > MOST_CHANGES && (
            <p className="pt-1 pl-4 text-ink-3">
              and {format.plural(found.changes.length - MOST_CHANGES, "more change")}
            </p>
          )}
        </section>
      )}
    </div>
  );
}

/** Changes that are listed; a large document makes thousands. */
const MOST_CHANGES = 200;

const NAMES = {
  gatewright: "Gatewright’s own file",
  kong: "Kong",
  openapi: "OpenAPI",
  procfile: "Procfile",
};

function summary({ format: kind, format_version, fields, findings, routes, upstreams }: Report) {
  if (kind == null || kind === "gatewright") return NAMES.gatewright;
  const places = new Set(upstreams.flatMap(({ services }) => services)).size;
  const off = routes.filter(({ enabled }) => !enabled).length;
  return [
    `${NAMES[kind]} ${format_version ?? ""}:`.replace(" :", ":"),
    `${format.plural(routes.length, "route")} to ${format.plural(places, "service")}`,
    off > 0 ? `(${off} switched off)` : "",
    `out of ${format.plural(fields, "field")},`,
    `${format.plural(findings.length, "difference")}`,
  ]
    .filter(Boolean)
    .join(" ");
}

function plainly(what: string): string {
  return what.replaceAll("`", "");
}
