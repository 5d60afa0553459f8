import { FlaskConical, Square } from "lucide-react";
import { useState } from "react";
import { preferences, setPreferences } from "@/app/preferences.ts";
import {
  Badge,
  Banner,
  Button,
  CopyButton,
  format,
  NumberField,
  Switch,
  TextField,
  useDebounced,
  useStore,
} from "@/ui/index.ts";
import { ProofReport } from "./ProofReport.tsx";
import {
  type Options,
  type Product,
  type ProofJob,
  useCancelProof,
  usePrograms,
  useProof,
  useProve,
} from "./queries.ts";
import { Section } from "./Section.tsx";
import { BADGES, proveCommand } from "./words.ts";

/** How long after the last keystroke a folder is looked at. */
const LOOK_AFTER_MS = 250;
const FEW_RECORDED = 100;
const MOST_RECORDED = 2000;

interface ProofSectionProps {
  product: Product;
  products: readonly Product[];
  options: Options;
  /** The revision in force. */
  revision: number;
}

/** Runs the product with the export and compares: what it takes, how far it is, what came of it. */
export function ProofSection({ product, products, options, revision }: ProofSectionProps) {
  const { data } = useProof();
  const [traffic, setTraffic] = useState<Traffic>({
    on: false,
    most: FEW_RECORDED,
    allMethods: false,
  });
  const job = data?.job ?? null;
  const running = job?.outcome.state === "running" ? job : null;
  const mine = job?.product === product.id ? job : null;
  if (product.program === null || product.program === undefined) {
    return (
      <Section title="Prove it">
        <p className="text-ink-2">
          {product.title} is not run here: its exports are held against its published schema by the
          tests.
        </p>
      </Section>
    );
  }
  return (
    <Section title="Prove it">
      {running ? (
        <Running job={running} product={product} products={products} />
      ) : (
        <Order
          product={product}
          program={product.program}
          options={options}
          again={mine !== null}
          traffic={traffic}
          onTraffic={setTraffic}
        />
      )}
      {mine && mine.outcome.state !== "running" && (
        <Ended job={mine} options={options} revision={revision} />
      )}
    </Section>
  );
}

/** Which requests of the log are sent too. */
interface Traffic {
  on: boolean;
  most: number | null;
  allMethods: boolean;
}

interface OrderProps {
  product: Product;
  program: string;
  options: Options;
  again: boolean;
  traffic: Traffic;
  onTraffic: (traffic: Traffic) => void;
}

/** What it takes to prove an export, and the button. */
function Order({ product, program, options, again, traffic, onTraffic }: OrderProps) {
  const folder = useStore(preferences).programs;
  const looked = useDebounced(folder, LOOK_AFTER_MS);
  const { data: programs, error } = usePrograms(looked);
  const { on: withTraffic, most: recorded, allMethods } = traffic;
  const prove = useProve();
  const path = programs?.find((one) => one.product === product.id)?.path ?? null;
  const start = () =>
    prove.mutate({
      product: product.id,
      options,
      folder,
      recorded: withTraffic ? recorded : null,
      allMethods,
    });
  const command = proveCommand(product.id, options.open);
  const missing = `\`${program}\` is neither on the PATH nor in the folder: install it, or say where it is.`;
  const reason =
    error?.message ??
    (programs === undefined
      ? "Looking for the program."
      : path === null
        ? missing.replaceAll("`", "")
        : withTraffic && recorded === null
          ? "Say how many requests of the log to send."
          : undefined);
  return (
    <div className="flex flex-col gap-2">
      <p className="text-ink-2">
        Runs {product.title} with this export on loopback, beside a gateway with the same
        configuration, sends both the same requests and compares every answer. In the place of your
        services stand ones that echo.
      </p>
      <TextField
        label="Folder with programs"
        help={
          path === null
            ? `${program} was not found. Empty: the PATH is looked through.`
            : `Found: ${path}`
        }
        error={error?.message}
        mono
        placeholder="/opt/programs/bin"
        value={folder}
        onChange={(next) => setPreferences({ programs: next })}
      />
      <Switch
        label="Send requests of the log too"
        help="The newest ones that only read, as far as they can be repeated. They reach services that echo."
        checked={withTraffic}
        onChange={(on) => onTraffic({ ...traffic, on })}
      />
      {withTraffic && (
        <div className="flex flex-col gap-2 pl-10">
          <NumberField
            label="How many at most"
            min={1}
            max={MOST_RECORDED}
            required
            value={recorded}
            onChange={(most) => onTraffic({ ...traffic, most })}
            className="max-w-40"
          />
          <Switch
            label="Also those that may change something"
            checked={allMethods}
            onChange={(next) => onTraffic({ ...traffic, allMethods: next })}
          />
        </div>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <Button
          variant="primary"
          icon={<FlaskConical size={14} aria-hidden="true" />}
          busy={prove.isPending}
          disabledReason={reason}
          onClick={start}
        >
          {again ? "Prove again" : "Prove"}
        </Button>
      </div>
      {prove.error && <Banner tone="err">{prove.error.message}</Banner>}
      <details className="text-small text-ink-3">
        <summary className="cursor-default select-none hover:text-ink">In a terminal</summary>
        <div className="pt-1.5">
          <div className="flex items-start gap-1 rounded-control border border-line-subtle bg-sunken p-1 pl-2.5">
            <code className="min-w-0 flex-1 py-0.5 font-mono text-code break-words">{command}</code>
            <CopyButton label="Copy the command" text={command} />
          </div>
        </div>
      </details>
    </div>
  );
}

/** How far the proof that runs has come. */
function Running({
  job,
  product,
  products,
}: {
  job: ProofJob;
  product: Product;
  products: readonly Product[];
}) {
  const cancel = useCancelProof();
  const { done, total, classes } = job.progress;
  const title = products.find(({ id }) => id === job.product)?.title ?? job.product;
  const words =
    total === 0 ? `Starting ${title}` : `${format.count(done)} of ${format.count(total)} requests`;
  return (
    <div className="flex flex-col gap-2">
      {job.product !== product.id && (
        <p className="text-ink-2">An export to {title} is being proved; one is at a time.</p>
      )}
      <div className="flex items-center gap-3">
        <div
          role="progressbar"
          aria-label={`Proving the export to ${title}`}
          aria-valuemin={0}
          aria-valuemax={total === 0 ? 1 : total}
          aria-valuenow={done}
          aria-valuetext={words}
          className="h-1.5 min-w-24 flex-1 overflow-hidden rounded-full bg-sunken"
        >
          <div
            className="h-full rounded-full bg-accent"
            style={{ width: `${total === 0 ? 0 : (done / total) * 100}%` }}
          />
        </div>
        <span className="shrink-0 text-ink-2 tabular-nums">{words}</span>
        <Button
          size="sm"
          icon={<Square size={12} aria-hidden="true" />}
          busy={cancel.isPending}
          onClick={() => cancel.mutate()}
        >
          Cancel
        </Button>
      </div>
      {classes.length > 0 && (
        <ul
          aria-label="Progress by class"
          className="grid grid-cols-2 gap-x-6 gap-y-0.5 text-small"
        >
          {classes.map(({ name, done: sent, total: all, badge }) => (
            <li key={name} className="flex h-6 items-center gap-2">
              <span className="min-w-0 flex-1 truncate">{name}</span>
              {badge ? (
                <Badge tone={BADGES[badge].tone} shape={BADGES[badge].shape}>
                  {BADGES[badge].word}
                </Badge>
              ) : (
                <span className="text-ink-3 tabular-nums">
                  {format.count(sent)} / {format.count(all)}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Ended({ job, options, revision }: { job: ProofJob; options: Options; revision: number }) {
  const stale =
    job.revision !== revision ||
    job.options.hashes !== options.hashes ||
    job.options.open.join(",") !== options.open.join(",");
  return (
    <div className="flex flex-col gap-2" role="status">
      {stale && (
        <Banner tone="warn">
          {job.revision === revision
            ? "This was found with other decisions about the export. Prove it again."
            : `This was found with revision ${job.revision}; revision ${revision} is in force. Prove it again.`}
        </Banner>
      )}
      {job.outcome.state === "done" ? (
        <ProofReport job={job} proof={job.outcome.proof} report={job.outcome.report} />
      ) : job.outcome.state === "failed" ? (
        <Banner tone="err">Nothing was compared: {job.outcome.reason}</Banner>
      ) : (
        <p className="text-ink-3">Cancelled before it was through.</p>
      )}
    </div>
  );
}
