import { Zap } from "lucide-react";
import { useState } from "react";
import { TripDialog } from "@/forms/limits/trip/TripDialog.tsx";
import type { Exchange } from "@/live/exchange.ts";
import { Button } from "@/ui/index.ts";

/** Beside a request that a limit refused: see it happen, from the first request on. */
export function TripAgain({ exchange }: { exchange: Exchange }) {
  const [open, setOpen] = useState(false);
  if (exchange.decided_by !== "rate_limit" || exchange.status !== 429) return null;
  return (
    <div>
      <Button size="sm" icon={<Zap size={12} aria-hidden="true" />} onClick={() => setOpen(true)}>
        Trip it…
      </Button>
      {open && (
        <TripDialog
          call={{ exchange: exchange.id }}
          keyId={exchange.key?.id}
          onClose={() => setOpen(false)}
        />
      )}
    </div>
  );
}
