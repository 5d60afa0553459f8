import { useId, useState } from "react";
import { Problem } from "@/api/index.ts";
import { useStatus } from "@/app/status.ts";
import {
  Banner,
  Button,
  CodeBlock,
  Dialog,
  maskSecret,
  SecretField,
  TextField,
} from "@/ui/index.ts";
import { useConfig } from "./listed/useListed.ts";
import { type IssuedKey, useIssueKey, useRouteToTry } from "./queries.ts";
import { tryCommand } from "./tryCommand.ts";

interface IssueDialogProps {
  /** The name it starts with. */
  suggested: string;
  /** Whose it is, where that is known. */
  consumer: string;
  onClose: () => void;
}

/**
 * Issues a key and shows it, once. The secret lives in this component's state and nowhere else, so
 * closing the dialog is the end of it.
 */
export function IssueDialog({ suggested, consumer: known, onClose }: IssueDialogProps) {
  const [name, setName] = useState(suggested);
  const [consumer, setConsumer] = useState(known);
  const consumers = useConfig().data?.config.consumers ?? [];
  const list = useId();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [issued, setIssued] = useState<IssuedKey | null>(null);
  const issueKey = useIssueKey();

  const submit = async () => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      setIssued(await issueKey(name, consumer.trim()));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  if (issued) return <Issued issued={issued} onClose={onClose} />;
  const fieldErrors = problem?.issueAt("name") ?? problem?.issueAt("consumer");
  return (
    <Dialog
      open
      title="Issue key"
      onClose={onClose}
      onSubmit={() => void submit()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={busy}>
            Issue key
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        {problem && fieldErrors === undefined && <Banner tone="err">{problem.message}</Banner>}
        <TextField
          label="Name"
          value={name}
          onChange={setName}
          onFocus={(event) => event.target.select()}
          error={problem?.issueAt("name")}
          help="What you call the key: the log shows it."
        />
        <TextField
          label="Consumer"
          list={list}
          placeholder={name}
          value={consumer}
          onChange={setConsumer}
          error={problem?.issueAt("consumer")}
          help="Who uses it; services get it as X-Consumer-Id. Empty: the same as the name."
        />
        <datalist id={list}>
          {consumers.map((one) => (
            <option key={one.name}>{one.name}</option>
          ))}
        </datalist>
      </div>
    </Dialog>
  );
}

function Issued({ issued: { key, secret }, onClose }: { issued: IssuedKey; onClose: () => void }) {
  const url = useStatus()?.url ?? "http://127.0.0.1:8080";
  const route = useRouteToTry("api_key");
  const header = useConfig().data?.config.api_keys.headers[0] ?? "X-API-Key";
  const command = tryCommand(url, route, `${header}: ${secret}`);
  return (
    <Dialog
      open
      title={`Key ${key.name} is ready`}
      onClose={onClose}
      footer={<Button onClick={onClose}>Done</Button>}
    >
      <div className="flex flex-col gap-4 pb-2">
        <Banner tone="warn">
          Copy it now: it will not be shown again. Only a fingerprint of it is kept.
        </Banner>
        <SecretField label="API key" value={secret} autoFocusCopy />
        <CodeBlock
          label="Try it"
          text={command.replace(secret, maskSecret(secret))}
          copy={() => command}
        />
        {route && !route.authentication.methods.includes("api_key") && (
          <p className="text-small text-ink-2">
            No route asks for a key yet. Switch it on under “Who may call” of a route.
          </p>
        )}
      </div>
    </Dialog>
  );
}
