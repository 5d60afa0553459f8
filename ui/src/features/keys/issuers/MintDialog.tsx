import { useId, useState } from "react";
import { Problem } from "@/api/index.ts";
import { useStatus } from "@/app/status.ts";
import {
  Banner,
  Button,
  CodeBlock,
  Dialog,
  DurationField,
  format,
  ListField,
  maskSecret,
  SecretField,
  TextArea,
  TextField,
} from "@/ui/index.ts";
import { useRouteToTry } from "../queries.ts";
import { tryCommand } from "../tryCommand.ts";
import { type IssuedToken, type NewToken, signToken } from "./queries.ts";

interface MintDialogProps {
  /** Names that tokens may be for. */
  consumers: readonly string[];
  onClose: () => void;
}

const HOUR_S = 3600;
const YEAR_MS = 31_536_000_000;

/**
 * Has the local issuer sign a test token and shows it, once. It lives in this component's state and
 * nowhere else, so closing the dialog is the end of it.
 */
export function MintDialog({ consumers, onClose }: MintDialogProps) {
  const [wish, setWish] = useState<Required<NewToken>>({
    subject: consumers[0] ?? "",
    audience: [],
    scopes: [],
    groups: [],
    claims: {},
    expires_in_s: HOUR_S,
  });
  const [claims, setClaims] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [issued, setIssued] = useState<IssuedToken | null>(null);
  const names = useId();
  const set = (change: Partial<NewToken>) => setWish({ ...wish, ...change });
  const more = readClaims(claims);

  const submit = async () => {
    if (busy || more === null) return;
    setBusy(true);
    setProblem(null);
    try {
      setIssued(await signToken({ ...wish, claims: more }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  if (issued) return <Issued issued={issued} subject={wish.subject} onClose={onClose} />;
  const wrong = (field: string) => problem?.issueAt(field);
  const ofClaims = problem?.issues.find(({ path }) => path.startsWith("claims"))?.message;
  return (
    <Dialog
      open
      title="Mint a test token"
      description="Signed by the local issuer, for routes that take its tokens."
      width={520}
      onClose={onClose}
      onSubmit={() => void submit()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={busy}>
            Mint token
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        {problem && problem.issues.length === 0 && <Banner tone="err">{problem.message}</Banner>}
        <TextField
          label="Consumer (sub)"
          list={names}
          value={wish.subject}
          onChange={(subject) => set({ subject })}
          error={wrong("subject")}
        />
        <datalist id={names}>
          {consumers.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </datalist>
        <div className="grid grid-cols-2 items-start gap-x-4 gap-y-3">
          <ListField
            label="Scopes"
            placeholder="orders:read"
            value={wish.scopes}
            onChange={(scopes) => set({ scopes })}
            error={wrong("scopes")}
          />
          <ListField
            label="Groups"
            placeholder="none"
            value={wish.groups}
            onChange={(groups) => set({ groups })}
            error={wrong("groups")}
          />
          <ListField
            label="Audience (aud)"
            placeholder="none"
            value={wish.audience}
            onChange={(audience) => set({ audience })}
            error={wrong("audience")}
          />
          <DurationField
            label="Good for"
            required
            min={1000}
            max={YEAR_MS}
            value={wish.expires_in_s * 1000}
            onChange={(ms) => ms !== null && set({ expires_in_s: Math.round(ms / 1000) })}
            error={wrong("expires_in_s")}
          />
        </div>
        <TextArea
          label="More claims"
          mono
          rows={3}
          placeholder={'{ "tenant": "north" }'}
          value={claims}
          onChange={setClaims}
          error={more === null ? "Write a JSON object." : ofClaims}
        />
      </div>
    </Dialog>
  );
}

/** The object a text says; `null` where it says none. */
function readClaims(text: string): Record<string, never> | null {
  if (text.trim() === "") return {};
  try {
    const read: unknown = JSON.parse(text);
    const isObject = typeof read === "object" && read !== null && !Array.isArray(read);
    return isObject ? (read as Record<string, never>) : null;
  } catch {
    return null;
  }
}

interface IssuedProps {
  issued: IssuedToken;
  subject: string;
  onClose: () => void;
}

function Issued({ issued: { token, expires_at_us }, subject, onClose }: IssuedProps) {
  const url = useStatus()?.url ?? "http://127.0.0.1:8080";
  const route = useRouteToTry("jwt");
  const command = tryCommand(url, route, `Authorization: Bearer ${token}`);
  return (
    <Dialog
      open
      title={`A token for ${subject} is ready`}
      width={520}
      onClose={onClose}
      footer={<Button onClick={onClose}>Done</Button>}
    >
      <div className="flex flex-col gap-4 pb-2">
        <Banner tone="warn">
          Copy it now: it is kept nowhere. It is good until {format.dateTime(expires_at_us / 1000)}.
        </Banner>
        <SecretField label="Token" value={token} autoFocusCopy />
        <CodeBlock
          label="Try it"
          text={command.replace(token, maskSecret(token))}
          copy={() => command}
        />
        {!route?.authentication.methods.includes("jwt") && (
          <p className="text-small text-ink-2">
            No route takes tokens yet. Tick “Token” under “Who may call” of a route.
          </p>
        )}
      </div>
    </Dialog>
  );
}
