import type { Route } from "@/api/index.ts";
import { ListField, Prose, TextField } from "@/ui/index.ts";
import { MethodsField } from "./MethodsField.tsx";
import type { FieldIssues } from "./routeDraft.ts";

interface MatchSectionProps {
  route: Route;
  onChange: (route: Route) => void;
  issues: FieldIssues;
}

/** What a request must look like for the route to take it. */
export function MatchSection({ route, onChange, issues }: MatchSectionProps) {
  const set = (change: Partial<Route["match"]>) =>
    onChange({ ...route, match: { ...route.match, ...change } });
  const { match } = route;
  const parts = issues.count("match.hosts", "match.path", "match.methods");
  // What is wrong with the three together, such as a twin of this route.
  const whole = issues.count("match") > parts ? issues.at("match") : undefined;
  return (
    <>
      <TextField
        label="Path prefix"
        mono
        value={match.path}
        onChange={(path) => set({ path })}
        error={issues.at("match.path")}
        help={<PathHelp prefix={match.path} />}
      />
      <MethodsField
        value={match.methods}
        onChange={(methods) => set({ methods })}
        error={issues.at("match.methods")}
      />
      <ListField
        label="Hosts"
        placeholder="any host"
        value={match.hosts}
        onChange={(hosts) => set({ hosts })}
        error={issues.at("match.hosts")}
        help="Names without port, with commas between them. Empty: any host."
      />
      {whole && (
        <p role="alert" className="text-small text-err">
          <Prose text={whole} />
        </p>
      )}
    </>
  );
}

function PathHelp({ prefix }: { prefix: string }) {
  if (prefix === "/" || !prefix.startsWith("/")) return "“/” takes every path.";
  const text = `Takes \`${prefix}\` and \`${prefix}/7\`, not \`${prefix}-old\`. A longer prefix wins.`;
  return <Prose text={text} />;
}
