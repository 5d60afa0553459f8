import { Link } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { cx, format, Shape, TONE_INK } from "@/ui/index.ts";
import { STATUS_BUTTON } from "./GatewayMenu.tsx";
import { serviceStatesQuery, trouble } from "./serviceStates.ts";

/** The service in trouble, or how many; nothing while all are well. Leads to the worst. */
export function ServicesInTrouble() {
  const { data: states = [] } = useQuery(serviceStatesQuery);
  const troubled = states.flatMap((state) => {
    const look = trouble(state);
    return look ? [{ service: state.service, look }] : [];
  });
  const worst = troubled.find(({ look }) => look.tone === "err") ?? troubled[0];
  if (!worst) return null;
  const { service, look } = worst;
  return (
    <Link
      to="/routes"
      search={{ sel: `service:${service}` }}
      className={cx(STATUS_BUTTON, "min-w-0 gap-1.5 no-underline", TONE_INK[look.tone])}
    >
      <Shape name={look.shape} />
      <span className="truncate">
        {troubled.length === 1
          ? `${service}: ${look.word}`
          : `${format.plural(troubled.length, "service")} in trouble`}
      </span>
    </Link>
  );
}
