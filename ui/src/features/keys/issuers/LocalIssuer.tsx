import { useState } from "react";
import { type ConfigInForce, Problem } from "@/api/index.ts";
import { Banner, Button, Dialog, NumberField, Prose, sentence, Switch } from "@/ui/index.ts";
import { MintDialog } from "./MintDialog.tsx";
import { useSave } from "../listed/useListed.ts";

/** The port it is offered; whoever has it taken is told so and chooses another. */
const USUAL_PORT = 8090;

/** The issuer of one's own for test tokens: on or off. */
export function LocalIssuer({ inForce }: { inForce: ConfigInForce }) {
  const { config, revision } = inForce;
  const local = config.local_issuer;
  const [asking, setAsking] = useState(false);
  const [minting, setMinting] = useState(false);
  const save = useSave();
  const set = (local_issuer: typeof local, onSuccess?: () => void) =>
    save.mutate(
      { config: { ...config, local_issuer }, revision },
      onSuccess ? { onSuccess } : undefined,
    );
  return (
    <section
      aria-label="Local issuer"
      className="flex flex-wrap items-start gap-x-4 gap-y-2 px-3 py-2.5"
    >
      <div className="min-w-0 flex-1">
        <Switch
          label="Local issuer"
          help={
            local === null ? (
              "Signs test tokens of your own, without a sign-in service."
            ) : (
              <Prose
                text={`Signs test tokens as \`http://127.0.0.1:${local.port}\`, and publishes its public key there.`}
              />
            )
          }
          checked={local !== null}
          onChange={(on) => (on ? setAsking(true) : set(null))}
        />
      </div>
      {local !== null && <Button onClick={() => setMinting(true)}>Mint a token…</Button>}
      {minting && (
        <MintDialog
          consumers={config.consumers.map(({ name }) => name)}
          onClose={() => setMinting(false)}
        />
      )}
      {asking && (
        <PortDialog
          busy={save.isPending}
          problem={save.error instanceof Problem ? save.error : null}
          onClose={() => {
            save.reset();
            setAsking(false);
          }}
          onPort={(port) => set({ port }, () => setAsking(false))}
        />
      )}
      {!asking && save.error && (
        <div className="basis-full">
          <Banner tone="err">{save.error.message}</Banner>
        </div>
      )}
    </section>
  );
}

interface PortDialogProps {
  busy: boolean;
  problem: Problem | null;
  onClose: () => void;
  onPort: (port: number) => void;
}

function PortDialog({ busy, problem, onClose, onPort }: PortDialogProps) {
  const [port, setPort] = useState(USUAL_PORT);
  const wrong = problem?.issueAt("local_issuer.port");
  return (
    <Dialog
      open
      title="Switch the local issuer on"
      description="It publishes its public key on this machine only, so that services can check its tokens too."
      onClose={onClose}
      onSubmit={() => onPort(port)}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={busy}>
            Switch on
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        {problem && wrong === undefined && (
          <Banner tone="err">
            <Prose text={sentence(problem.message)} />
          </Banner>
        )}
        <NumberField
          label="Port"
          required
          min={1}
          max={65_535}
          value={port}
          onChange={(next) => next !== null && setPort(next)}
          error={wrong}
          help="On 127.0.0.1."
        />
      </div>
    </Dialog>
  );
}
