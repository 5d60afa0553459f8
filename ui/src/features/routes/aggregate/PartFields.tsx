import type { Config, Route } from "@/api/index.ts";
import {
  Button,
  DurationField,
  ListField,
  NumberField,
  SegmentedControl,
  Select,
  SizeField,
  Switch,
  TextField,
} from "@/ui/index.ts";
import { Fold } from "@/forms/Fold.tsx";
import { PartProblem } from "@/forms/PartProblem.tsx";
import type { FieldIssues } from "@/forms/fieldIssues.ts";
import { HeaderLinesField } from "../headers/HeaderLinesField.tsx";
import { FieldGrid } from "../service/FieldGroup.tsx";
import { offered, type Part, placeText } from "./aggregateText.ts";
import { JsonField } from "./JsonField.tsx";

export interface PartFieldsProps {
  part: Part;
  onChange: (part: Part) => void;
  /** What is wrong, by the path from the part: `query[0].value`. */
  issues: FieldIssues;
  route: Route;
  config: Config;
}

/** What fields show themselves. */
const SHOWN = [
  "name",
  "service",
  "method",
  "path",
  "query",
  "headers",
  "body",
  "for_each",
  "mount",
  "select",
  "drop",
  "rename",
  "default",
  "timeout_ms",
  "max_bytes",
  "retries",
];

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
const hasBody = (method: string) => method !== "GET" && method !== "OPTIONS";

/** One part: what is asked, where its answer goes, and what happens when it fails. */
export function PartFields(props: PartFieldsProps) {
  const { part, onChange, issues, config } = props;
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="sr-only">{`Part ${part.name}`}</legend>
      <FieldGrid>
        <TextField
          label="Name"
          mono
          value={part.name}
          onChange={(name) => onChange({ ...part, name })}
          error={issues.at("name")}
        />
        <Select
          label="Service"
          value={part.service}
          onChange={(service) => onChange({ ...part, service })}
          options={config.services.map(({ name, targets }) => ({
            value: name,
            label: name,
            hint: targets.map(({ url }) => url).join(", "),
          }))}
          error={issues.at("service")}
        />
        <Select
          label="Method"
          value={part.method}
          onChange={(method) =>
            onChange({ ...part, method, body: hasBody(method) ? part.body : null })
          }
          options={METHODS.map((method) => ({ value: method as string, label: method }))}
          error={issues.at("method")}
        />
      </FieldGrid>
      <Path {...props} />
      <HeaderLinesField
        legend="Query"
        one="parameter"
        add="Add a parameter"
        example="page"
        value={part.query}
        onChange={(query) => onChange({ ...part, query })}
        issues={issues}
        path="query"
      />
      <HeaderLinesField
        legend="Headers"
        help="in the place of the caller's"
        one="header"
        add="Add a header"
        value={part.headers}
        onChange={(headers) => onChange({ ...part, headers })}
        issues={issues}
        path="headers"
      />
      {hasBody(part.method) && (
        <JsonField
          label="Body"
          rows={5}
          placeholder={'{ "user": "{{user.id}}" }'}
          help="JSON. A text that is nothing but {{…}} becomes the value itself, with its type."
          value={part.body}
          onChange={(body) => onChange({ ...part, body })}
          error={issues.at("body")}
        />
      )}
      <div className="divide-y divide-line-subtle border-y border-line-subtle">
        <ListFold {...props} />
        <AnswerFold {...props} />
        <FailureFold {...props} />
      </div>
      <PartProblem message={issues.rest("", ...SHOWN)} />
    </fieldset>
  );
}

function Path({ part, onChange, issues, route }: PartFieldsProps) {
  return (
    <div className="flex flex-col gap-1.5">
      <TextField
        label="Path"
        mono
        placeholder="/users/{{request.path.id}}"
        value={part.path}
        onChange={(path) => onChange({ ...part, path })}
        error={issues.at("path")}
        help="{{…}} puts in a value of the request or of another part, which is then asked first."
      />
      <div className="flex flex-wrap gap-1.5">
        {offered(route, part).map((reference) => (
          <Button
            key={reference}
            size="sm"
            variant="ghost"
            onClick={() => onChange({ ...part, path: `${part.path}{{${reference}}}` })}
          >
            <span className="sr-only">Put in </span>
            <code className="font-mono text-code-small">{`{{${reference}}}`}</code>
          </Button>
        ))}
      </div>
    </div>
  );
}

function ListFold({ part, onChange, issues }: PartFieldsProps) {
  const { for_each: list } = part;
  const set = (change: Partial<NonNullable<typeof list>>) =>
    list && onChange({ ...part, for_each: { ...list, ...change } });
  return (
    <Fold
      title="How often"
      summary={list === null ? "once" : `once for each entry of \`${list.list}\``}
      errors={issues.count("for_each")}
    >
      <Switch
        label="Once for each entry of a list"
        help="The part is then the list of the answers, in its order."
        checked={list !== null}
        onChange={(on) =>
          onChange({
            ...part,
            for_each: on ? { list: "", concurrency: 8, max_items: 100 } : null,
          })
        }
      />
      {list && (
        <FieldGrid>
          <TextField
            label="List"
            mono
            placeholder="orders.items"
            value={list.list}
            onChange={(text) => set({ list: text })}
            error={issues.at("for_each.list")}
            help="The entry is then {{item}}, its fields {{item.id}}."
          />
          <NumberField
            label="At the same time"
            required
            min={1}
            max={100}
            value={list.concurrency}
            onChange={(concurrency) => concurrency !== null && set({ concurrency })}
            error={issues.at("for_each.concurrency")}
          />
          <NumberField
            label="Entries at most"
            required
            min={1}
            max={1000}
            value={list.max_items}
            onChange={(most) => most !== null && set({ max_items: most })}
            error={issues.at("for_each.max_items")}
          />
        </FieldGrid>
      )}
    </Fold>
  );
}

function AnswerFold({ part, onChange, issues }: PartFieldsProps) {
  const { select, drop, rename, hidden } = part;
  const shaped = [
    select.length > 0 && `only ${select.join(", ")}`,
    drop.length > 0 && `without ${drop.join(", ")}`,
    rename.length > 0 && rename.map(({ from, to }) => `${from} as ${to}`).join(", "),
  ];
  const summary = hidden
    ? "nowhere: others only need it"
    : [placeText(part), ...shaped].filter(Boolean).join(", ");
  return (
    <Fold
      title="In the answer"
      summary={summary}
      errors={issues.count("mount", "select", "drop", "rename", "hidden")}
    >
      <Switch
        label="Leave it out of the answer"
        help="Others may need it all the same."
        checked={hidden}
        onChange={(on) =>
          onChange(
            on
              ? { ...part, hidden: on, mount: null, select: [], drop: [], rename: [] }
              : { ...part, hidden: on },
          )
        }
      />
      {!hidden && (
        <>
          <Place part={part} onChange={onChange} error={issues.at("mount")} />
          <FieldGrid>
            <ListField
              label="Keep only"
              placeholder="id, address.city"
              value={select}
              onChange={(next) => onChange({ ...part, select: next })}
              error={issues.at("select")}
              help="Empty: all fields. In a list: of each entry."
            />
            <ListField
              label="Take away"
              placeholder="password"
              value={drop}
              onChange={(next) => onChange({ ...part, drop: next })}
              error={issues.at("drop")}
            />
          </FieldGrid>
          <HeaderLinesField
            legend="Call otherwise"
            one="field to rename"
            add="Rename a field"
            example="zip"
            exampleValue="postcode"
            value={rename.map(({ from, to }) => ({ name: from, value: to }))}
            onChange={(lines) =>
              onChange({
                ...part,
                rename: lines.map(({ name, value }) => ({ from: name, to: value })),
              })
            }
            issues={issues}
            path="rename"
          />
        </>
      )}
    </Fold>
  );
}

interface PlaceProps {
  part: Part;
  onChange: (part: Part) => void;
  error: string | undefined;
}

/** Under its name, under another, or with its fields in the answer itself. */
function Place({ part, onChange, error }: PlaceProps) {
  const { mount, name } = part;
  const kind = mount === null ? "name" : mount === "" ? "root" : "place";
  return (
    <div className="flex flex-col gap-2">
      <p className="text-body font-medium">Stands</p>
      <SegmentedControl
        label="Where it stands"
        value={kind}
        onChange={(next) =>
          onChange({ ...part, mount: { name: null, root: "", place: `${name}s` }[next] })
        }
        options={[
          { value: "name", label: "Under its name" },
          { value: "place", label: "Elsewhere" },
          { value: "root", label: "As fields of the answer" },
        ]}
      />
      {kind === "place" ? (
        <TextField
          label="Under"
          mono
          placeholder="user.orders"
          value={mount ?? ""}
          onChange={(text) => onChange({ ...part, mount: text })}
          error={error}
        />
      ) : (
        <PartProblem message={error} />
      )}
    </div>
  );
}

function FailureFold({ part, onChange, issues }: PartFieldsProps) {
  const { required, timeout_ms } = part;
  const summary = required
    ? "there is no answer without it"
    : part.default === null
      ? "it is left out"
      : "a default stands in";
  return (
    <Fold
      title="When it fails"
      summary={`${summary}, after ${timeout_ms} ms at the latest`}
      errors={issues.count("required", "default", "timeout_ms", "retries", "max_bytes")}
    >
      <SegmentedControl
        label="Whether it is needed"
        value={required ? "required" : "optional"}
        onChange={(next) =>
          onChange({
            ...part,
            required: next === "required",
            default: next === "required" && part.for_each === null ? null : part.default,
          })
        }
        options={[
          { value: "required", label: "Required" },
          { value: "optional", label: "Optional" },
        ]}
      />
      <p className="text-small text-ink-3">
        {required
          ? "Its 4xx goes to the caller as it is; other failures are 502, and 504 where it takes too long."
          : "The caller gets the rest with 200, and X-Gateway-Completed: false."}
      </p>
      {(!required || part.for_each !== null) && (
        <JsonField
          label={part.for_each === null ? "Stands in for it" : "Stands in for an entry"}
          rows={2}
          placeholder="nothing"
          help="JSON. The answer counts as incomplete all the same."
          value={part.default}
          onChange={(value) => onChange({ ...part, default: value })}
          error={issues.at("default")}
        />
      )}
      <FieldGrid>
        <DurationField
          label="May take"
          required
          min={1}
          max={600_000}
          value={timeout_ms}
          onChange={(ms) => ms !== null && onChange({ ...part, timeout_ms: ms })}
          error={issues.at("timeout_ms")}
        />
        <NumberField
          label="Tried again"
          min={0}
          max={10}
          unit="times"
          placeholder="as usual"
          value={part.retries}
          onChange={(retries) => onChange({ ...part, retries })}
          error={issues.at("retries")}
        />
        <SizeField
          label="Answer at most"
          required
          min={1}
          max={268_435_456}
          value={part.max_bytes}
          onChange={(bytes) => bytes !== null && onChange({ ...part, max_bytes: bytes })}
          error={issues.at("max_bytes")}
        />
      </FieldGrid>
    </Fold>
  );
}
