import { Send } from "lucide-react";
import { useEffect, useState } from "react";
import { Button, CoachStrip, CopyButton } from "@/ui/index.ts";
import { useSendOne } from "./useSendOne.ts";

const STORAGE_KEY = "gatewright.first-request-seen";

/**
 * Whether someone still has to be told how to send a request: until the first row, never again
 * after it. The function ends it by hand.
 */
export function useFirstRequest(hasRows: boolean): [boolean, () => void] {
  const [done, setDone] = useState(() => localStorage.getItem(STORAGE_KEY) !== null);
  if (hasRows && !done) setDone(true);
  useEffect(() => {
    if (done) localStorage.setItem(STORAGE_KEY, "yes");
  }, [done]);
  return [!done, () => setDone(true)];
}

/** The last step of the first run. */
export function FirstRequestStrip({ url, onDismiss }: { url: string; onDismiss: () => void }) {
  const one = useSendOne(url);
  return (
    <CoachStrip
      onDismiss={onDismiss}
      actions={
        <>
          <Button size="sm" icon={<Send size={12} />} busy={one.busy} onClick={one.send}>
            Send one for me
          </Button>
          <CopyButton wide variant="secondary" text={one.curl} label="Copy cURL" />
        </>
      }
    >
      Send a request to <code className="font-mono text-code">{url}</code>
    </CoachStrip>
  );
}
