import { useNavigate } from "@tanstack/react-router";
import { FlaskConical } from "lucide-react";
import type { Exchange } from "@/live/exchange.ts";
import { Button } from "@/ui/index.ts";

/** Refusals that come of no route taking the request. */
const UNROUTED = new Set<string | null | undefined>([
  "route_not_found",
  "method_not_allowed",
  "version_unknown",
  "version_required",
]);

/** For a request that no route took: the way to the route tester, with this request in it. */
export function WhyNoRoute({ exchange }: { exchange: Exchange }) {
  const navigate = useNavigate();
  if (!UNROUTED.has(exchange.code)) return null;
  return (
    <Button
      size="sm"
      className="self-start"
      icon={<FlaskConical size={14} aria-hidden="true" />}
      onClick={() =>
        void navigate({ to: "/routes", search: { test: "GET", request: exchange.id } })
      }
    >
      {exchange.route == null ? "Why no route?" : "Why no version?"}
    </Button>
  );
}
