import { Link } from "@tanstack/react-router";
import { Banner, Button, ConfirmDialog, Dialog, Prose, SecretField, Skeleton } from "@/ui/index.ts";
import { ReplayResults } from "../ReplayResults.tsx";
import type { Retry } from "./useRetryWithKey.ts";

interface RetryWithKeyProps {
  retry: Retry | null;
  onConfirm: () => void;
  onClose: () => void;
  /** Opens the detail of a request. */
  onOpen: (id: string) => void;
}

/** The new key, shown this once, and the answer that the request got with it. */
export function RetryWithKey({ retry, onConfirm, onClose, onOpen }: RetryWithKeyProps) {
  if (retry === null) return null;
  const { exchange, lacks, issued, replayed, problem } = retry;
  if (lacks !== null && issued === null && problem === null) {
    return (
      <ConfirmDialog
        open
        title="Issue a key and send what the log holds?"
        confirm="Issue key & retry"
        onConfirm={onConfirm}
        onCancel={onClose}
      >
        <ul className="flex flex-col gap-1">
          {lacks.map((reason) => (
            <li key={reason}>
              <Prose text={reason} />
            </li>
          ))}
        </ul>
      </ConfirmDialog>
    );
  }
  // Whoever pressed waits for the key: the dialog opens with it, and on its Copy.
  if (issued === null && problem === null) return null;
  const title = issued
    ? `${exchange.method} again, with key ${issued.key.name}`
    : "Issue key & retry";
  return (
    <Dialog
      open
      title={title}
      width={720}
      onClose={onClose}
      footer={<Button onClick={onClose}>Done</Button>}
    >
      <div className="flex flex-col gap-3 pb-2">
        {problem !== null && (
          <Banner tone="err">
            <Prose text={problem} />
          </Banner>
        )}
        {issued && (
          <>
            <SecretField label="API key" value={issued.secret} autoFocusCopy />
            <p className="text-small text-ink-2">
              Shown only now. <Prose text={allowed(issued.key)} />{" "}
              <Link to="/keys" search={{ sel: issued.key.id }} onClick={onClose}>
                Open it in Keys
              </Link>
            </p>
          </>
        )}
        {replayed ? (
          <ReplayResults
            original={exchange.id}
            results={replayed.results}
            onOpen={(id) => {
              onClose();
              onOpen(id);
            }}
          />
        ) : (
          problem === null && <Skeleton />
        )}
      </div>
    </Dialog>
  );
}

interface Allowed {
  consumer: string;
  scopes: readonly string[];
  access: { kind: "all" } | { kind: "selected"; grants?: readonly { route: string }[] };
}

/** "For route `orders`, as consumer `acme`, with the scopes `read`." */
function allowed({ consumer, scopes, access }: Allowed): string {
  const routes = access.kind === "selected" ? (access.grants ?? []).map(({ route }) => route) : [];
  const parts = [
    routes.length > 0 ? `For route ${routes.map((name) => `\`${name}\``).join(", ")} alone` : null,
    `as consumer \`${consumer}\``,
    scopes.length > 0
      ? `with the scopes ${scopes.map((scope) => `\`${scope}\``).join(", ")}`
      : null,
  ];
  return `${parts.filter(Boolean).join(", ")}.`;
}
