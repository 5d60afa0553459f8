import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type Config, configQuery } from "@/api/index.ts";
import type { RoutesSearch } from "@/features/routes/search.ts";
import { cx, format, Menu, plain, sentence, Shape } from "@/ui/index.ts";
import { STATUS_BUTTON } from "./GatewayMenu.tsx";
import type { Status } from "./status.ts";

/** What deserves a look in the configuration: each sentence in the menu, which leads to its place. */
export function StatusWarnings({ warnings }: { warnings: Status["warnings"] }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  if (warnings.length === 0) return null;
  const open = async (path: string) => {
    // Requests that no route is to take are listed by the tester.
    if (path === "no_route_tests") return navigate({ to: "/routes", search: { test: "GET" } });
    const part = /^(routes|services)/.exec(path)?.[1];
    if (!part) return navigate({ to: "/settings" });
    const { config } = await client.ensureQueryData(configQuery);
    return navigate({ to: "/routes", search: namedBy(path, config) });
  };
  return (
    <Menu
      side="top"
      align="end"
      trigger={
        <button type="button" className={cx(STATUS_BUTTON, "gap-1.5 text-warn")}>
          <Shape name="warn" />
          {format.plural(warnings.length, "warning")}
        </button>
      }
      items={warnings.map(({ path, message }) => ({
        label: plain(sentence(message)),
        onSelect: () => void open(path),
      }))}
    />
  );
}

/** What to open in the Routes place for `services[0].tls.skip_verify`. */
function namedBy(path: string, { services, routes }: Config): RoutesSearch {
  const [, part, at] = /^(routes|services)\[(\d+)\]/.exec(path) ?? [];
  const name = (part === "routes" ? routes : services)[Number(at)]?.name;
  if (name === undefined) return {};
  if (part === "services") return { sel: `service:${name}` };
  return { sel: name, ...(path.endsWith(".tests") && { part: "tests" }) };
}
