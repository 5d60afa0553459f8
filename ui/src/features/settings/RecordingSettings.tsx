import type { ConfigInForce } from "@/api/index.ts";
import { ListField, NumberField, SizeField, Switch } from "@/ui/index.ts";
import { ConfigForm } from "./ConfigForm.tsx";

/** What of each request is kept, and for how long. */
export function RecordingSettings({ inForce }: { inForce: ConfigInForce }) {
  return (
    <ConfigForm title="Recording" part="recording" inForce={inForce}>
      {({ value, set, error }) => (
        <>
          <Switch
            label="Keep bodies"
            help="The beginning of each request’s and response’s body."
            checked={value.bodies}
            onChange={(bodies) => set({ bodies })}
          />
          {value.bodies && (
            <div className="flex flex-wrap gap-x-6 gap-y-3">
              <SizeField
                label="Of each body"
                required
                max={16 * 1024 * 1024}
                value={value.max_body_bytes}
                onChange={(bytes) => bytes !== null && set({ max_body_bytes: bytes })}
                error={error("max_body_bytes")}
              />
              <NumberField
                label="Messages of each exchange"
                required
                min={0}
                max={10_000}
                value={value.max_messages}
                onChange={(messages) => messages !== null && set({ max_messages: messages })}
                error={error("max_messages")}
                help="WebSocket messages and server-sent events, from the beginning."
              />
            </div>
          )}
          <ListField
            label="Also mask these headers"
            placeholder="x-session, x-internal-token"
            value={value.redact.headers}
            onChange={(headers) => set({ redact: { ...value.redact, headers } })}
            error={error("redact.headers")}
            help="Authorization, Cookie, API keys and the like are always masked, before anything is kept."
          />
          <ListField
            label="Also mask these fields"
            placeholder="iban, birthday"
            value={value.redact.fields}
            onChange={(fields) => set({ redact: { ...value.redact, fields } })}
            error={error("redact.fields")}
            help="Names of query parameters, form fields and JSON members."
          />
          <Switch
            label="Offer metrics to Prometheus"
            help="At /api/v1/metrics of the admin address, which gatewright serve has and the desktop app has not. The token in the file metrics-token of the data folder opens that and nothing else."
            checked={value.metrics}
            onChange={(metrics) => set({ metrics })}
          />
          <fieldset className="flex flex-wrap gap-x-6 gap-y-3">
            <legend className="pb-1 text-body font-medium">Keep at most</legend>
            <NumberField
              label="Requests"
              required
              min={100}
              value={value.retention.max_rows}
              onChange={(max_rows) =>
                max_rows !== null && set({ retention: { ...value.retention, max_rows } })
              }
              error={error("retention.max_rows")}
            />
            <SizeField
              label="Size on disk"
              required
              value={value.retention.max_bytes}
              onChange={(max_bytes) =>
                max_bytes !== null && set({ retention: { ...value.retention, max_bytes } })
              }
              error={error("retention.max_bytes")}
            />
            <NumberField
              label="Age"
              unit="days"
              required
              min={1}
              max={3650}
              value={value.retention.max_age_days}
              onChange={(max_age_days) =>
                max_age_days !== null && set({ retention: { ...value.retention, max_age_days } })
              }
              error={error("retention.max_age_days")}
            />
          </fieldset>
        </>
      )}
    </ConfigForm>
  );
}
