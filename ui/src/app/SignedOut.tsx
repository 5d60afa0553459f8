import { type FormEvent, useState } from "react";
import { answer, api, Problem } from "@/api/index.ts";
import { Button, TextField } from "@/ui/index.ts";

interface SignedOutProps {
  /** The server knows this browser again. */
  onSignedIn: () => void;
}

/** What a browser sees that the headless server does not know. */
export function SignedOut({ onSignedIn }: SignedOutProps) {
  const [token, setToken] = useState("");
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      await answer(api.POST("/api/v1/session", { body: { token: token.trim() } }));
      onSignedIn();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setError(problem.status === 401 ? "That is not the token." : problem.message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      noValidate
      aria-label="Sign in"
      onSubmit={(event) => void submit(event)}
      className="mx-auto flex h-full max-w-[520px] flex-col justify-center gap-4 px-4"
    >
      <h1 className="text-display">This browser is not signed in to Gatewright</h1>
      <p className="text-ink-2">
        At each start, <code className="font-mono text-code">gatewright serve</code> prints a link
        in its terminal that signs a browser in once. Or give the token from the file{" "}
        <code className="font-mono text-code">admin-token</code> in the data folder.
      </p>
      <TextField
        label="Token"
        type="password"
        autoComplete="off"
        value={token}
        onChange={setToken}
        error={error}
      />
      <Button type="submit" variant="primary" busy={busy}>
        Sign in
      </Button>
    </form>
  );
}
