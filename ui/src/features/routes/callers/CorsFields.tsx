import { type Cors, defaultCors } from "@/api/index.ts";
import type { FieldIssues } from "@/forms/fieldIssues.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import { Button, DurationField, ListField, Switch } from "@/ui/index.ts";

const THIS_MACHINE = ["http://localhost:*", "http://127.0.0.1:*"];
const ANY = ["*"];

interface CorsFieldsProps {
  cors: Cors | null;
  onChange: (cors: Cors | null) => void;
  /** By the path from `cors`. */
  issues: FieldIssues;
}

const SHOWN = ["origins", "methods", "headers", "expose", "credentials", "max_age_s"];

/** Which web pages of other origins may call. */
export function CorsFields({ cors, onChange, issues }: CorsFieldsProps) {
  const set = (change: Partial<Cors>) => cors && onChange({ ...cors, ...change });
  const isSet = (origins: readonly string[]) => cors?.origins.join() === origins.join();
  const preset = (label: string, origins: string[]) => (
    <Button
      size="sm"
      disabledReason={isSet(origins) ? "So it is." : undefined}
      // A page of any origin cannot have credentials: browsers refuse that.
      onClick={() => set({ origins, ...(origins === ANY && { credentials: false }) })}
    >
      {label}
    </Button>
  );
  return (
    <>
      <Switch
        label="Let web pages of other origins call"
        help={
          cors
            ? "The gateway answers preflight requests, before any credential is asked for."
            : "Off: preflight requests go to the service, and its answers decide."
        }
        checked={cors !== null}
        onChange={(on) => onChange(on ? defaultCors(THIS_MACHINE) : null)}
      />
      {cors && (
        <>
          <div className="flex flex-col gap-1.5">
            <ListField
              label="Origins"
              placeholder="http://localhost:5173"
              value={cors.origins}
              onChange={(origins) => set({ origins })}
              error={issues.at("origins")}
              help="Such as https://shop.example.com; http://localhost:* for any port; https://*.example.com for any subdomain."
            />
            <div className="flex flex-wrap items-center gap-1.5">
              {preset("Pages on this machine", THIS_MACHINE)}
              {preset("Any page", ANY)}
            </div>
          </div>
          <div className="grid grid-cols-[repeat(auto-fill,minmax(190px,1fr))] items-start gap-x-4 gap-y-3">
            <ListField
              label="Methods"
              placeholder="those of the route"
              value={cors.methods}
              onChange={(methods) => set({ methods })}
              error={issues.at("methods")}
            />
            <ListField
              label="Headers pages may set"
              placeholder="none"
              value={cors.headers}
              onChange={(headers) => set({ headers })}
              error={issues.at("headers")}
              help="* for any."
            />
            <ListField
              label="Headers pages may read"
              placeholder="the few they always may"
              value={cors.expose}
              onChange={(expose) => set({ expose })}
              error={issues.at("expose")}
            />
            <DurationField
              label="Browsers remember for"
              required
              min={0}
              max={86_400_000}
              value={cors.max_age_s * 1000}
              onChange={(ms) => ms !== null && set({ max_age_s: Math.round(ms / 1000) })}
              error={issues.at("max_age_s")}
            />
          </div>
          <Switch
            label="Pages may send cookies and other credentials"
            checked={cors.credentials}
            onChange={(credentials) => set({ credentials })}
            disabledReason={
              !cors.credentials && cors.origins.includes("*")
                ? "Not with the origin *: name the pages."
                : undefined
            }
          />
          <PartProblem message={issues.at("credentials")} />
        </>
      )}
      <PartProblem message={issues.rest("", ...SHOWN)} />
    </>
  );
}
