import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useCallback } from "react";
import { Banner, Skeleton, Tabs } from "@/ui/index.ts";
import { KeysTab } from "./KeysTab.tsx";
import { useConfig } from "./listed/useListed.ts";

const ConsumersTab = lazy(async () => ({
  default: (await import("./consumers/ConsumersTab.tsx")).ConsumersTab,
}));
const PlansTab = lazy(async () => ({
  default: (await import("./plans/PlansTab.tsx")).PlansTab,
}));
const IssuersTab = lazy(async () => ({
  default: (await import("./issuers/IssuersTab.tsx")).IssuersTab,
}));

const TABS = [
  { id: "keys", label: "Keys" },
  { id: "consumers", label: "Consumers" },
  { id: "plans", label: "Plans" },
  { id: "issuers", label: "Issuers" },
] as const;
type TabId = (typeof TABS)[number]["id"];

/** The Keys place: who calls, how they show it, and how much they may. */
export function KeysPlace() {
  const { show, sel, consumer = "" } = useSearch({ from: "/keys" });
  const navigate = useNavigate({ from: "/keys" });
  const { data: inForce, error } = useConfig();
  const open = (id: TabId) =>
    void navigate({ search: id === "keys" ? {} : { show: id }, replace: true });
  const select = useCallback(
    (next: string | null) =>
      void navigate({
        search: (others) => ({
          ...(others.show && { show: others.show }),
          ...(next !== null && { sel: next }),
        }),
        replace: true,
      }),
    [navigate],
  );
  const common = { open: sel ?? null, select };
  const tab = (): ReactNode => {
    if (show === undefined) return <KeysTab {...common} consumer={consumer} />;
    if (error && !inForce) return <Banner tone="err">{error.message}</Banner>;
    if (!inForce) return <Skeleton />;
    const body = {
      consumers: <ConsumersTab {...common} inForce={inForce} suggested={consumer} />,
      plans: <PlansTab {...common} inForce={inForce} />,
      issuers: <IssuersTab {...common} inForce={inForce} />,
    }[show];
    return <Suspense fallback={<Skeleton />}>{body}</Suspense>;
  };
  return (
    <div className="flex h-full flex-col">
      <h1 className="px-3 py-2 text-title">Keys</h1>
      <div className="min-h-0 flex-1">
        <Tabs label="Keys" items={TABS} value={show ?? "keys"} onChange={open}>
          {tab()}
        </Tabs>
      </div>
    </div>
  );
}
