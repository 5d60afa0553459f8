import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { events, type GatewayEvent } from "@/api/index.ts";
import { cx, format } from "@/ui/index.ts";
import { STATUS_BUTTON } from "./GatewayMenu.tsx";

type ProofChanged = Extract<GatewayEvent, { type: "proof_changed" }>;

/** How far a proof of an export is, from wherever one has gone meanwhile; it leads back there. */
export function RunningProof() {
  const [proof, setProof] = useState<ProofChanged | null>(null);
  useEffect(
    () =>
      events.listen((event) => {
        if (event.type === "proof_changed") setProof(event.running ? event : null);
      }),
    [],
  );
  if (!proof) return null;
  const { product, progress } = proof;
  const share = progress.total === 0 ? 0 : progress.done / progress.total;
  return (
    <Link
      to="/export"
      search={{ to: product }}
      className={cx(STATUS_BUTTON, "text-inherit tabular-nums no-underline")}
    >
      Proving {product}: {format.percent(share)}
    </Link>
  );
}
