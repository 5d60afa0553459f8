import { Copy, Ellipsis, KeyRound, Pause, Plus, RotateCcw, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import {
  Badge,
  Banner,
  Button,
  CoachStrip,
  CheckGroup,
  CodeBlock,
  type Column,
  DataTable,
  EmptyState,
  format,
  IconButton,
  Kbd,
  Menu,
  Meter,
  NumberField,
  SecretField,
  SegmentedControl,
  Select,
  Skeleton,
  SplitPane,
  StatusBadge,
  StatusDot,
  Switch,
  Tabs,
  Tag,
  TextField,
  toast,
  ToastRegion,
} from "@/ui/index.ts";

interface Key {
  id: string;
  name: string;
  requests: number;
  limited: number;
  used: number;
}

const KEYS: Key[] = Array.from({ length: 500 }, (_, at) => ({
  id: `key-${at}`,
  name: ["acme-ci", "mobile-dev", "old-laptop"][at] ?? `client-${at}`,
  requests: (at * 7919) % 48_201,
  limited: (at * 31) % 97,
  used: Date.now() - at * 61_000,
}));

const COLUMNS: Column<Key>[] = [
  {
    id: "name",
    header: "Name",
    width: "minmax(120px, 1fr)",
    cell: (key) => key.name,
    sortBy: (key) => key.name,
  },
  {
    id: "requests",
    header: "Requests",
    width: "90px",
    align: "end",
    cell: (key) => format.count(key.requests),
    sortBy: (key) => key.requests,
  },
  { id: "limited", header: "429", width: "70px", align: "end", cell: (key) => key.limited },
  { id: "used", header: "Last used", width: "110px", cell: (key) => format.relativeTime(key.used) },
];

const CURL = `curl http://127.0.0.1:8080/v1/orders/8123 \\
  -H 'x-api-key: gw_…3f9c' \\
  -H 'accept: application/json'`;

/** Every shared component, in the states that can be shown at once. */
export function Gallery() {
  return (
    <div className="grid h-full grid-cols-3 gap-4 overflow-auto p-4">
      <div className="flex flex-col gap-4">
        <Buttons />
        <Statuses />
        <Lines />
      </div>
      <div className="flex flex-col gap-4">
        <Fields />
        <Secrets />
      </div>
      <div className="flex flex-col gap-4">
        <Lists />
        <Empty />
      </div>
      <ToastRegion />
    </div>
  );
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-3 rounded-card border border-line-subtle bg-surface p-4">
      <h2 className="text-heading">{title}</h2>
      {children}
    </section>
  );
}

function Row({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap items-center gap-2">{children}</div>;
}

function Buttons() {
  const [live, setLive] = useState(true);
  return (
    <Card title="Buttons">
      <Row>
        <Button variant="primary" icon={<Plus size={14} />}>
          New route
        </Button>
        <Button keys="R" icon={<RotateCcw size={14} />}>
          Replay
        </Button>
        <Button variant="ghost">Cancel</Button>
        <Button variant="danger">Revoke</Button>
      </Row>
      <Row>
        <Button size="sm">Small</Button>
        <Button busy>Saving</Button>
        <Button disabledReason="The gateway is stopped.">Send one for me</Button>
        <IconButton
          label="Pause"
          keys="Space"
          icon={<Pause size={16} />}
          pressed={live}
          onClick={() => setLive(!live)}
        />
        <Menu
          trigger={<IconButton label="More" icon={<Ellipsis size={16} />} />}
          items={[
            { label: "Copy as cURL", icon: <Copy size={14} />, keys: "Y C", onSelect: sayCopied },
            { label: "Open in Traffic", disabledReason: "No request yet.", onSelect: sayCopied },
            "separator",
            { label: "Revoke", icon: <Trash2 size={14} />, danger: true, onSelect: sayRevoked },
          ]}
        />
        <Button onClick={sayRevoked}>Toast</Button>
      </Row>
      <Row>
        <Kbd keys="Mod+K" />
        <Kbd keys="G T" />
        <Kbd keys="Shift+F6" />
      </Row>
    </Card>
  );
}

const sayCopied = () => void toast({ title: "Copied as cURL", tone: "ok" });
const sayRevoked = () =>
  void toast({
    title: "Key acme-ci revoked",
    detail: "Requests with it now get 401.",
    tone: "warn",
    action: { label: "Undo", run: sayCopied },
  });

function Statuses() {
  return (
    <Card title="Status">
      <Row>
        {[101, 200, 304, 404, 429, 502].map((status) => (
          <StatusBadge key={status} status={status} />
        ))}
        <StatusBadge status={null} text="1.2 s" />
        <StatusBadge status={0} text="refused" />
        <StatusBadge status={401} fromGateway />
      </Row>
      <Row>
        <Tag>HIT</Tag>
        <Tag tone="limit">limit 60/min</Tag>
        <Tag tone="warn">no key</Tag>
        <Badge tone="info">new</Badge>
      </Row>
      <Row>
        <StatusDot state="running">Running on 127.0.0.1:8080</StatusDot>
        <StatusDot state="stopped">Stopped</StatusDot>
        <StatusDot state="starting">Starting</StatusDot>
        <StatusDot state="failed">Port 8080 is in use</StatusDot>
      </Row>
    </Card>
  );
}

function Lines() {
  return (
    <Card title="Lines">
      <Banner tone="warn">Reconnecting… Showing data until 14:02:11.</Banner>
      <Banner tone="err" actions={<Button size="sm">Use 8081</Button>}>
        Port 8080 is used by node (pid 4121).
      </Banner>
      <CoachStrip
        actions={
          <>
            <Button size="sm" variant="primary">
              Send one for me
            </Button>
            <Button size="sm">Copy cURL</Button>
          </>
        }
      >
        Send a request to <code className="font-mono text-code">http://127.0.0.1:8080</code>
      </CoachStrip>
      <Skeleton lines={3} />
    </Card>
  );
}

function Fields() {
  const [path, setPath] = useState("v1/orders");
  const [limit, setLimit] = useState<number | null>(60);
  const [per, setPer] = useState<"key" | "ip" | "route">("key");
  const [theme, setTheme] = useState<"light" | "dark" | "system">("system");
  const [required, setRequired] = useState(true);
  const [ways, setWays] = useState<("key" | "token")[]>(["key"]);
  return (
    <Card title="Fields">
      <TextField
        label="Path"
        mono
        value={path}
        onChange={setPath}
        help="Everything below it matches too."
        error={path.startsWith("/") ? undefined : "A path starts with a slash. Write /v1/orders."}
      />
      <NumberField label="Limit" value={limit} onChange={setLimit} min={1} unit="requests" />
      <Select
        label="Counted per"
        value={per}
        onChange={setPer}
        options={[
          { value: "key", label: "API key", hint: "Each key has its own bucket" },
          { value: "ip", label: "Client address" },
          { value: "route", label: "Route" },
        ]}
      />
      <SegmentedControl
        label="Theme"
        value={theme}
        onChange={setTheme}
        options={[
          { value: "light", label: "Light" },
          { value: "dark", label: "Dark" },
          { value: "system", label: "System" },
        ]}
      />
      <Switch
        label="Require a key"
        help="Requests without one get 401."
        checked={required}
        onChange={setRequired}
      />
      <Switch
        label="Keep bodies"
        disabledReason="The server is read-only."
        checked={false}
        onChange={setRequired}
      />
      <CheckGroup
        label="Ways"
        value={ways}
        onChange={setWays}
        options={[
          { value: "key", label: "API key" },
          { value: "token", label: "Token", hint: "JWT" },
        ]}
        help="None ticked: anyone."
      />
      <Meter label="60/min per key" used={12} total={60} text="12 of 60 used" />
      <Meter label="1000 a day per key" used={860} total={1000} text="860 of 1,000 used" />
      <Meter
        label="5 at once per key"
        note={<Tag>shadow</Tag>}
        used={5}
        total={5}
        text="5 of 5 running"
        detail="Room for one more in 23 s"
      />
    </Card>
  );
}

function Secrets() {
  return (
    <Card title="Code and secrets">
      <SecretField label="API key" value="gw_live_7d1f0c6b2a9e4f53a8c1d2e3f4a53f9c" />
      <CodeBlock label="cURL" text={CURL} />
    </Card>
  );
}

function Lists() {
  const [selected, setSelected] = useState<string | null>("key-1");
  const [tab, setTab] = useState<"overview" | "request" | "response">("overview");
  const chosen = KEYS.find((key) => key.id === selected);
  return (
    <Card title="List and detail">
      <div className="h-105 overflow-hidden rounded-control border border-line-subtle">
        <SplitPane
          id="gallery"
          direction="rows"
          label="key detail"
          initial={160}
          first={
            <DataTable
              label="Keys"
              columns={COLUMNS}
              rows={KEYS}
              rowKey={(key) => key.id}
              selected={selected}
              onSelect={(key) => setSelected(key.id)}
              empty={<EmptyState title="No keys" />}
            />
          }
          second={
            chosen ? (
              <Tabs
                label="Detail"
                value={tab}
                onChange={setTab}
                items={[
                  { id: "overview", label: "Overview" },
                  { id: "request", label: "Request", count: 12 },
                  { id: "response", label: "Response", count: 8 },
                ]}
                actions={<Button size="sm">Rotate</Button>}
              >
                <p className="p-3">
                  {chosen.name}: {tab}
                </p>
              </Tabs>
            ) : null
          }
        />
      </div>
    </Card>
  );
}

function Empty() {
  return (
    <Card title="Empty">
      <EmptyState
        icon={<KeyRound size={24} strokeWidth={1.5} />}
        title="No keys yet"
        actions={<Button variant="primary">Issue key</Button>}
      >
        Keys identify callers so you can limit and measure them. Routes accept callers without a key
        until you switch on “require key”.
      </EmptyState>
    </Card>
  );
}
