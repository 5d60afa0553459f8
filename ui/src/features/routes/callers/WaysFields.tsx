import type { Authentication, Config } from "@/api/index.ts";
import { defaultForwardAuth } from "@/api/index.ts";
import type { FieldIssues } from "@/forms/fieldIssues.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import { CheckGroup, Prose, SegmentedControl, Switch } from "@/ui/index.ts";
import { ForwardAuthFields } from "./ForwardAuthFields.tsx";
import { IssuersField } from "./IssuersField.tsx";

interface WaysFieldsProps {
  authentication: Authentication;
  onChange: (authentication: Authentication) => void;
  /** By the path from `authentication`. */
  issues: FieldIssues;
  config: Config;
}

const SHOWN = ["methods", "require", "anonymous", "issuers", "forward"];

/** How callers show who they are. */
export function WaysFields({ authentication, onChange, issues, config }: WaysFieldsProps) {
  const { methods, require, anonymous, forward } = authentication;
  const set = (change: Partial<Authentication>) => onChange({ ...authentication, ...change });
  const setMethods = (next: Authentication["methods"]) =>
    onChange({
      ...authentication,
      methods: next,
      // What belongs to a way that is no longer taken goes with it.
      issuers: next.includes("jwt") ? authentication.issuers : [],
      forward: next.includes("forward") ? (forward ?? defaultForwardAuth()) : null,
      require: next.length > 1 ? require : "any",
      anonymous: next.length > 0 && anonymous,
    });
  return (
    <>
      <CheckGroup
        label="Callers show who they are by"
        value={methods}
        onChange={setMethods}
        options={[
          { value: "api_key", label: "API key" },
          { value: "basic", label: "Password" },
          { value: "jwt", label: "Token" },
          { value: "forward", label: "A service’s word" },
        ]}
        error={issues.at("methods")}
        help={<Prose text={helpOf(methods, config)} />}
      />
      {methods.length > 1 && (
        <SegmentedControl
          label="How many of them"
          value={require}
          onChange={(next) => set({ require: next })}
          options={[
            { value: "any", label: "One of them is enough" },
            { value: "all", label: "All are needed" },
          ]}
        />
      )}
      {methods.includes("jwt") && (
        <IssuersField
          value={authentication.issuers}
          onChange={(issuers) => set({ issuers })}
          config={config}
          error={issues.at("issuers")}
        />
      )}
      {methods.includes("forward") && forward !== null && (
        <ForwardAuthFields
          forward={forward}
          onChange={(next) => set({ forward: next })}
          issues={issues.within("forward")}
        />
      )}
      {methods.length > 0 && (
        <Switch
          label="Let callers through who show nothing"
          help="What is shown and is wrong is refused all the same."
          checked={anonymous}
          onChange={(next) => set({ anonymous: next })}
        />
      )}
      <PartProblem message={issues.at("require")} />
      <PartProblem message={issues.at("anonymous")} />
      <PartProblem message={issues.rest("", ...SHOWN)} />
    </>
  );
}

/** What callers have to send, for the ways that are taken. */
function helpOf(methods: Authentication["methods"], { api_keys, consumers }: Config): string {
  if (methods.length === 0) return "None: the gateway asks no one who they are.";
  const headers = api_keys.headers.map((name) => `\`${name}\``);
  const bearer = api_keys.bearer ? ["`Authorization: Bearer`"] : [];
  const passwords = consumers.some(({ password_hash }) => password_hash !== null)
    ? ""
    : " No consumer has a password yet: set one under Keys, Consumers.";
  const says = {
    api_key: `Keys come in ${[...headers, ...bearer].join(" or ")}.`,
    basic: `Passwords of consumers come as \`Authorization: Basic\`.${passwords}`,
    jwt: "Tokens (JWT) come as `Authorization: Bearer`.",
    forward: "",
  };
  const sentences = methods.map((method) => says[method]).filter((text) => text !== "");
  return [...sentences, "Others are answered 401."].join(" ");
}
