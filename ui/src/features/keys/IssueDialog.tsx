import { useState } from "react";
import { useStatus } from "@/app/status.ts";
import {
  Banner,
  Button,
  CodeBlock,
  Dialog,
  maskSecret,
  NumberField,
  SecretField,
} from "@/ui/index.ts";
import { type KeyDraft, newDraft } from "./keyDraft.ts";
import { KeyFields } from "./KeyFields.tsx";
import { useConfig } from "./listed/useListed.ts";
import { type IssuedKey, useIssueKey, useRouteToTry } from "./queries.ts";
import { OtherProblem, useSubmit } from "./submit.tsx";
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
export function IssueDialog({ suggested, consumer, onClose }: IssueDialogProps) {
  const config = useConfig().data?.config;
  const [typed, setDraft] = useState<KeyDraft | null>(null);
  const draft = typed ?? newDraft(suggested, consumer, config);
  const [days, setDays] = useState<number | null>(null);
  const [issued, setIssued] = useState<IssuedKey | null>(null);
  const issueKey = useIssueKey();
  const { busy, problem, submit } = useSubmit(async () => setIssued(await issueKey(draft, days)));

  if (issued) return <Issued issued={issued} onClose={onClose} />;
  return (
    <Dialog
      open
      title="Issue key"
      onClose={onClose}
      onSubmit={submit}
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
        <OtherProblem problem={problem} />
        <KeyFields draft={draft} onChange={setDraft} problem={problem} />
        <NumberField
          label="Good for"
          unit="days"
          min={1}
          max={3650}
          placeholder="ever"
          value={days}
          onChange={setDays}
          error={problem?.issueAt("expires_at_us")}
        />
      </div>
    </Dialog>
  );
}

/** A key that was just made, shown this once. */
export function Issued({
  issued: { key, secret },
  onClose,
}: {
  issued: IssuedKey;
  onClose: () => void;
}) {
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
