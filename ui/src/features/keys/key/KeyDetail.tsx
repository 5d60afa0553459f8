import { Link } from "@tanstack/react-router";
import { ArrowLeft, Zap } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import type { Config } from "@/api/index.ts";
import { ForceNext } from "@/app/ForceNext.tsx";
import { LimitsNow } from "@/forms/limits/LimitsNow.tsx";
import { TripDialog } from "@/forms/limits/trip/TripDialog.tsx";
import { tripOfRoute } from "@/forms/limits/trip/tripOf.ts";
import { Button, cx, format, IconButton, Meter, Select, Skeleton } from "@/ui/index.ts";
import { keyFilter } from "../keyNames.ts";
import { accessText } from "../keyDraft.ts";
import { endOf, KeyStatus } from "../KeyStatus.tsx";
import type { ApiKey, KeyWithUsage } from "../queries.ts";
import { Sparkline } from "../Sparkline.tsx";
import { When } from "../When.tsx";
import { KeyRequests } from "./KeyRequests.tsx";

// Charts are read when they are wanted.
const KeyUsage = lazy(async () => ({
  default: (await import("@/features/dashboards/index.tsx")).KeyUsage,
}));

interface KeyDetailProps {
  shown: KeyWithUsage;
  config: Config | undefined;
  onClose: () => void;
  onRevoke: (key: ApiKey) => void;
  onRoll: (key: ApiKey) => void;
  onEdit: (key: ApiKey) => void;
}

/** All about one key: whose it is, how it is used, and how its limits stand. */
export function KeyDetail(props: KeyDetailProps) {
  const { shown, config, onClose, onRevoke, onRoll, onEdit } = props;
  const { key, usage, quota, missing_routes } = shown;
  return (
    <section aria-label={`Key ${key.name}`} className="flex h-full flex-col">
      <header className="flex items-center gap-2 px-4 pt-3 pb-2">
        <IconButton
          label="Close"
          icon={<ArrowLeft size={16} aria-hidden="true" />}
          onClick={onClose}
        />
        <h2 className="min-w-0 flex-1 truncate text-title">{key.name}</h2>
        <KeyStatus apiKey={key} />
      </header>
      <div className="flex min-h-0 flex-1 flex-col overflow-y-auto pb-4">
        {endOf(key) === null && (
          <div className="flex flex-wrap gap-2 px-4 pb-3">
            <Button size="sm" onClick={() => onEdit(key)}>
              Change…
            </Button>
            <Button size="sm" onClick={() => onRoll(key)}>
              Roll…
            </Button>
            <ForceNext whose={{ key }} />
            <Button size="sm" variant="danger" onClick={() => onRevoke(key)}>
              Revoke…
            </Button>
          </div>
        )}
        <Facts
          apiKey={key}
          lastUsed={key.last_used_at_us ?? usage?.last_used_at_us}
          missing={missing_routes}
          config={config}
        />
        {/* One of its plan or of all routes stands among its limits below. */}
        {(quota?.owner?.kind === "route" || quota?.owner?.kind === "version") && (
          <Part title={`Quota on ${quota.owner.route}`}>
            <Meter
              label={quota.name}
              used={quota.used_before}
              total={quota.requests}
              text={`${format.count(quota.used_before)} of ${format.count(quota.requests)} used`}
              detail={`Begins anew ${format.dateTime(quota.resets_at_us / 1000)} (${quota.time_zone})`}
            />
          </Part>
        )}
        <Part title="Last 24 hours">
          {usage ? (
            <>
              <Sparkline hourly={usage.hourly} />
              <dl className="flex flex-wrap gap-x-8 gap-y-2">
                <Figure name="Requests" value={usage.requests} />
                <Figure name="Limited, 429" value={usage.limited} />
                <Figure name="Refused, 401" value={usage.refused} />
                <Figure name="Failed, 5xx" value={usage.errors} />
              </dl>
            </>
          ) : (
            <p className="text-ink-2">The log cannot be read: nothing is known of its use.</p>
          )}
        </Part>
        <KeyLimits apiKey={key} config={config} />
        <Part title="Over time">
          <Suspense fallback={<Skeleton />}>
            <KeyUsage key={key.id} id={key.id} name={key.name} />
          </Suspense>
        </Part>
        <Part
          title="Last requests"
          beside={
            <span className="flex gap-3">
              <Link to="/dashboards" search={{ key: key.id, range: "24h" }}>
                Its day in Dashboards
              </Link>
              <Link to="/traffic" search={{ q: keyFilter(key.name) }}>
                All in Traffic
              </Link>
            </span>
          }
        >
          <KeyRequests name={key.name} />
        </Part>
      </div>
    </section>
  );
}

interface PartProps {
  title: string;
  beside?: ReactNode;
  children: ReactNode;
}

function Part({ title, beside, children }: PartProps) {
  return (
    <section className="flex flex-col gap-2 border-t border-line-subtle px-4 py-3">
      <div className="flex items-baseline justify-between gap-3">
        <h3 className="text-strong">{title}</h3>
        {beside}
      </div>
      {children}
    </section>
  );
}

function Figure({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt className="text-small text-ink-3">{name}</dt>
      <dd className="text-heading tabular-nums">{format.count(value)}</dd>
    </div>
  );
}

interface FactsProps {
  apiKey: ApiKey;
  lastUsed: number | null | undefined;
  /** Routes that it is granted and that are not there. */
  missing: readonly string[];
  config: Config | undefined;
}

function Facts({ apiKey: key, lastUsed, missing, config }: FactsProps) {
  const listed = config?.consumers.find(({ name }) => name === key.consumer);
  return (
    <dl className="grid grid-cols-[104px_minmax(0,1fr)] gap-x-3 gap-y-1 px-4 pb-3">
      <Fact name="Key">
        <code className="font-mono text-code">{key.hint}</code>
      </Fact>
      <Fact name="Consumer">
        <Link
          to="/keys"
          search={
            listed
              ? { show: "consumers", sel: key.consumer }
              : { show: "consumers", sel: ":new", consumer: key.consumer }
          }
          title={listed ? undefined : "It is not set up: no groups, no plan, no password"}
          className={cx(!listed && "underline")}
        >
          {key.consumer}
        </Link>
        {!listed && <span className="text-ink-3"> (not set up)</span>}
      </Fact>
      <Fact name="May be used">
        {accessText(key.access)}
        {missing.length > 0 && (
          <span className="block text-warn">There is no route {missing.join(", ")}.</span>
        )}
      </Fact>
      {key.scopes.length > 0 && <Fact name="Scopes">{key.scopes.join(", ")}</Fact>}
      {key.plan != null && (
        <Fact name="Plan">
          <Link to="/keys" search={{ show: "plans", sel: key.plan }}>
            {key.plan}
          </Link>
        </Fact>
      )}
      {key.plan == null && listed?.plan != null && (
        <Fact name="Plan">
          <Link to="/keys" search={{ show: "plans", sel: listed.plan }} className="underline">
            {listed.plan}
          </Link>
          <span className="text-ink-3"> of its consumer</span>
        </Fact>
      )}
      {listed && listed.groups.length > 0 && <Fact name="Groups">{listed.groups.join(", ")}</Fact>}
      {Object.keys(key.labels).length > 0 && (
        <Fact name="Labels">
          {Object.entries(key.labels)
            .map(([name, value]) => (value === "" ? name : `${name}: ${value}`))
            .join(", ")}
        </Fact>
      )}
      <Fact name="Created">
        <When at={key.created_at_us} never="" />
      </Fact>
      {key.expires_at_us != null && (
        <Fact name={endOf(key)?.how === "expired" ? "Expired" : "Expires"}>
          {format.dateTime(key.expires_at_us / 1000)}
        </Fact>
      )}
      {key.rolled_from != null && (
        <Fact name="In place of">
          <Link to="/keys" search={{ sel: key.rolled_from }}>
            the key before
          </Link>
        </Fact>
      )}
      {key.replaced_by != null && (
        <Fact name="Replaced by">
          <Link to="/keys" search={{ sel: key.replaced_by }}>
            the key after
          </Link>
        </Fact>
      )}
      <Fact name="Last used">
        <When at={lastUsed} never="never" />
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

/** The choice of no route; no name holds a colon. */
const NO_ROUTE = ":all";

/** What is left for the key, on all routes or on one. */
function KeyLimits({ apiKey, config }: { apiKey: ApiKey; config: Config | undefined }) {
  const [route, setRoute] = useState(NO_ROUTE);
  const [tripping, setTripping] = useState(false);
  const routes = config?.routes ?? [];
  const chosen = routes.find(({ name }) => name === route);
  return (
    <Part
      title="Limits and quotas now"
      beside={
        routes.length > 0 && (
          <Select
            label="Route"
            hideLabel
            narrow
            value={route}
            onChange={setRoute}
            options={[
              { value: NO_ROUTE, label: "On any route" },
              ...routes.map(({ name }) => ({ value: name, label: `On ${name}` })),
            ]}
          />
        )
      }
    >
      {chosen && (
        <div>
          <Button
            size="sm"
            icon={<Zap size={12} aria-hidden="true" />}
            disabledReason={endOf(apiKey) === null ? undefined : "The key is no longer good."}
            onClick={() => setTripping(true)}
          >
            Trip a limit…
          </Button>
        </div>
      )}
      {chosen && tripping && (
        <TripDialog
          call={tripOfRoute(chosen)}
          keyId={apiKey.id}
          onClose={() => setTripping(false)}
        />
      )}
      <LimitsNow
        whose={{ key: apiKey.id, ...(route !== NO_ROUTE && { route }) }}
        none={
          route === NO_ROUTE
            ? "No limit of its plan or of all routes counts this key. Choose a route to see that route’s."
            : "No limit counts this key there."
        }
      />
    </Part>
  );
}
