import type { Issuer } from "@/api/index.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import { CheckGroup, DurationField, ListField, SegmentedControl, TextField } from "@/ui/index.ts";
import type { FormPart } from "../listed/ListedForm.tsx";

type Algorithm = Issuer["algorithms"][number];

const SECRET: readonly Algorithm[] = ["HS256", "HS384", "HS512"];
const PUBLIC: readonly Algorithm[] = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "EdDSA",
];
const SHOWN = [
  "name",
  "issuer",
  "audiences",
  "algorithms",
  "jwks",
  "secret",
  "leeway_s",
  "scope_claims",
  "consumer_claim",
  "groups_claim",
];

/** What is true of an issuer's tokens, and what they are checked with. */
export function IssuerFields({ draft, set, issues }: FormPart<"issuers">) {
  const shared = draft.secret !== null;
  return (
    <>
      <TextField
        label="Issuer (iss)"
        mono
        placeholder="https://login.example.com/"
        value={draft.issuer}
        onChange={(issuer) => set({ issuer })}
        error={issues.at("issuer")}
        help="The claim iss of its tokens, exactly."
      />
      <ListField
        label="Audiences (aud)"
        placeholder="any"
        value={draft.audiences}
        onChange={(audiences) => set({ audiences })}
        error={issues.at("audiences")}
        help="One of them has to be in a token. Empty: aud is not looked at."
      />
      <div className="flex flex-col gap-3">
        <div className="flex flex-col gap-1">
          <p className="text-body font-medium">Checked with</p>
          <SegmentedControl
            label="Checked with"
            value={shared ? "secret" : "public"}
            onChange={(kind) => set(kind === "secret" ? WITH_SECRET : WITH_PUBLIC)}
            options={[
              { value: "public", label: "Public keys" },
              { value: "secret", label: "A shared secret" },
            ]}
          />
        </div>
        {shared ? (
          <SecretFields draft={draft} set={set} issues={issues} />
        ) : (
          <KeySetFields draft={draft} set={set} issues={issues} />
        )}
        <CheckGroup
          label="Algorithms"
          value={draft.algorithms}
          onChange={(algorithms) => set({ algorithms })}
          options={(shared ? SECRET : PUBLIC).map((name) => ({ value: name, label: name }))}
          error={issues.at("algorithms")}
          help="Tokens signed with another, or with none, are refused."
        />
      </div>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(190px,1fr))] items-start gap-x-4 gap-y-3">
        <TextField
          label="Claim that names the consumer"
          mono
          value={draft.consumer_claim}
          onChange={(consumer_claim) => set({ consumer_claim })}
          error={issues.at("consumer_claim")}
        />
        <TextField
          label="Claim that holds groups"
          mono
          placeholder="none"
          value={draft.groups_claim ?? ""}
          onChange={(name) => set({ groups_claim: name === "" ? null : name })}
          error={issues.at("groups_claim")}
        />
        <ListField
          label="Claims that hold scopes"
          placeholder="none"
          value={draft.scope_claims}
          onChange={(scope_claims) => set({ scope_claims })}
          error={issues.at("scope_claims")}
          help="realm_access.roles leads into objects."
        />
        <DurationField
          label="Clocks may differ by"
          required
          min={0}
          max={600_000}
          value={draft.leeway_s * 1000}
          onChange={(ms) => ms !== null && set({ leeway_s: Math.round(ms / 1000) })}
          error={issues.at("leeway_s")}
        />
      </div>
      <PartProblem message={issues.rest("", ...SHOWN)} />
    </>
  );
}

const WITH_SECRET: Partial<Issuer> = {
  jwks: null,
  secret: { env: "", file: null },
  algorithms: ["HS256"],
};
const WITH_PUBLIC: Partial<Issuer> = {
  jwks: { url: "", file: null, refresh_s: 900 },
  secret: null,
  algorithms: ["RS256"],
};

function KeySetFields({ draft, set, issues }: FormPart<"issuers">) {
  const jwks = draft.jwks ?? { url: "", file: null, refresh_s: 900 };
  const fetched = jwks.file === null;
  return (
    <div role="group" aria-label="Its public keys" className="flex flex-col gap-3">
      <SegmentedControl
        label="Public keys come from"
        value={fetched ? "url" : "file"}
        onChange={(from) =>
          set({
            jwks: { ...jwks, url: from === "url" ? "" : null, file: from === "url" ? null : "" },
          })
        }
        options={[
          { value: "url", label: "From a URL" },
          { value: "file", label: "From a file" },
        ]}
      />
      {fetched ? (
        <>
          <TextField
            label="URL of the key set"
            mono
            type="url"
            placeholder="https://login.example.com/.well-known/jwks.json"
            value={jwks.url ?? ""}
            onChange={(url) => set({ jwks: { ...jwks, url } })}
            error={issues.at("jwks.url")}
          />
          <DurationField
            label="Fetched anew after"
            required
            min={30_000}
            max={604_800_000}
            value={jwks.refresh_s * 1000}
            onChange={(ms) =>
              ms !== null && set({ jwks: { ...jwks, refresh_s: Math.round(ms / 1000) } })
            }
            error={issues.at("jwks.refresh_s")}
            help="A token with an unknown key brings that forward. If it fails, the keys before stay good."
          />
        </>
      ) : (
        <TextField
          label="File of the key set"
          mono
          placeholder="/home/me/jwks.json"
          value={jwks.file ?? ""}
          onChange={(file) => set({ jwks: { ...jwks, file } })}
          error={issues.at("jwks.file")}
          help="Read when the configuration comes into force."
        />
      )}
      <PartProblem message={issues.rest("jwks", "jwks.url", "jwks.file", "jwks.refresh_s")} />
    </div>
  );
}

function SecretFields({ draft, set, issues }: FormPart<"issuers">) {
  const secret = draft.secret ?? { env: "", file: null };
  const inEnv = secret.file === null;
  return (
    <div role="group" aria-label="Its secret" className="flex flex-col gap-3">
      <SegmentedControl
        label="The secret is in"
        value={inEnv ? "env" : "file"}
        onChange={(place) =>
          set({ secret: place === "env" ? { env: "", file: null } : { env: null, file: "" } })
        }
        options={[
          { value: "env", label: "In an environment variable" },
          { value: "file", label: "In a file" },
        ]}
      />
      {inEnv ? (
        <TextField
          label="Environment variable"
          mono
          placeholder="LOGIN_SECRET"
          value={secret.env ?? ""}
          onChange={(env) => set({ secret: { env, file: null } })}
          error={issues.at("secret.env")}
          help="Of the gateway. The secret itself is never in the configuration."
        />
      ) : (
        <TextField
          label="File"
          mono
          placeholder="/run/secrets/login"
          value={secret.file ?? ""}
          onChange={(file) => set({ secret: { env: null, file } })}
          error={issues.at("secret.file")}
          help="A line break at its end is no part of the secret."
        />
      )}
      <PartProblem message={issues.rest("secret", "secret.env", "secret.file")} />
    </div>
  );
}
