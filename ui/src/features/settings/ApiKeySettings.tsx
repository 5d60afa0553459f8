import type { ConfigInForce } from "@/api/index.ts";
import { Banner, ListField, Switch, TextField } from "@/ui/index.ts";
import { ConfigForm } from "./ConfigForm.tsx";

/** Where API keys are looked for, and what becomes of them. */
export function ApiKeySettings({ inForce }: { inForce: ConfigInForce }) {
  return (
    <ConfigForm title="API keys" part="api_keys" inForce={inForce}>
      {({ value, set, error }) => (
        <>
          <div className="flex flex-wrap gap-4">
            <ListField
              label="Headers that may carry a key"
              className="w-72"
              placeholder="none"
              value={value.headers}
              onChange={(headers) => set({ headers })}
              error={error("headers")}
              help="With commas between them."
            />
            <TextField
              label="Query parameter that may carry a key"
              mono
              className="w-72"
              placeholder="none"
              value={value.query ?? ""}
              onChange={(query) => set({ query: query === "" ? null : query })}
              error={error("query")}
            />
          </div>
          {value.query !== null && (
            <Banner tone="warn">
              Keys in the query end up in histories, in logs and in the Referer header. Better leave
              this empty and let callers send a header.
            </Banner>
          )}
          <Switch
            label="Also take Authorization: Bearer"
            checked={value.bearer}
            onChange={(bearer) => set({ bearer })}
          />
          <Switch
            label="Take keys out of requests before they are sent on"
            help={
              value.strip
                ? "Services learn from X-Consumer-Id and X-Credential-Id who calls."
                : "Services see the keys of their callers."
            }
            checked={value.strip}
            onChange={(strip) => set({ strip })}
          />
        </>
      )}
    </ConfigForm>
  );
}
