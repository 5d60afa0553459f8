import type { Config } from "@/api/index.ts";

/** Where a setting can be changed. */
export interface SettingPlace {
  /** Whose it is, in words. */
  name: string;
  /** The rest of the path. */
  rest: string;
  to:
    | { to: "/routes"; search: { sel: string } }
    | {
        to: "/keys";
        search: { show?: "consumers" | "plans" | "issuers"; sel?: string };
      }
    | { to: "/settings" };
}

/** Parts of the configuration that the Settings place shows. */
const SETTINGS = new Set(["listen", "recording", "limits", "api_keys"]);

/** Where the setting at a path can be changed, if a place shows it. */
export function settingAt(path: string, config: Config): SettingPlace | null {
  const [, head = "", number, rest = ""] = /^([a-z_]+)(?:\[(\d+)\])?\.?(.*)$/.exec(path) ?? [];
  const named = (items: readonly { name: string }[]) => items[Number(number ?? -1)]?.name;
  switch (head) {
    case "routes": {
      const name = named(config.routes);
      return name === undefined
        ? null
        : { name: `route \`${name}\``, rest, to: { to: "/routes", search: { sel: name } } };
    }
    case "services": {
      const name = named(config.services);
      const sel = `service:${name}`;
      return name === undefined
        ? null
        : { name: `service \`${name}\``, rest, to: { to: "/routes", search: { sel } } };
    }
    case "consumers":
    case "plans":
    case "issuers": {
      const sel = named(config[head]);
      const search = { show: head, ...(sel !== undefined && { sel }) };
      return sel === undefined
        ? null
        : { name: `${head.slice(0, -1)} \`${sel}\``, rest, to: { to: "/keys", search } };
    }
    case "local_issuer":
      return {
        name: "this gateway's own tokens",
        rest,
        to: { to: "/keys", search: { show: "issuers" } },
      };
    default: {
      const shown = SETTINGS.has(head);
      return shown ? { name: "settings", rest: path, to: { to: "/settings" } } : null;
    }
  }
}
