import { useId } from "react";
import type { Problem } from "@/api/index.ts";
import { CheckGroup, ListField, SegmentedControl, TextField } from "@/ui/index.ts";
import { PlanSelect } from "./listed/PlanSelect.tsx";
import { useConfig } from "./listed/useListed.ts";
import type { KeyDraft } from "./keyDraft.ts";

interface KeyFieldsProps {
  draft: KeyDraft;
  onChange: (draft: KeyDraft) => void;
  problem: Problem | null;
}

/** Who uses a key, and what it may be used for. */
export function KeyFields({ draft, onChange, problem }: KeyFieldsProps) {
  const config = useConfig().data?.config;
  const list = useId();
  const set = (change: Partial<KeyDraft>) => onChange({ ...draft, ...change });
  return (
    <>
      <TextField
        label="Name"
        value={draft.name}
        onChange={(name) => set({ name })}
        onFocus={(event) => event.target.select()}
        error={problem?.issueAt("name")}
        help="What you call the key: the log shows it."
      />
      <TextField
        label="Consumer"
        list={list}
        placeholder={draft.name}
        value={draft.consumer}
        onChange={(consumer) => set({ consumer })}
        error={problem?.issueAt("consumer")}
        help="Who uses it; services get it as X-Consumer-Id. Empty: the same as the name."
      />
      <datalist id={list}>
        {config?.consumers.map((one) => (
          <option key={one.name}>{one.name}</option>
        ))}
      </datalist>
      <SegmentedControl
        label="May be used on"
        value={draft.everywhere ? "all" : "selected"}
        onChange={(kind) => set({ everywhere: kind === "all" })}
        options={[
          { value: "all", label: "All routes" },
          { value: "selected", label: "These routes" },
        ]}
      />
      {!draft.everywhere && <Grants draft={draft} set={set} routes={config?.routes ?? []} />}
      <ListField
        label="Scopes"
        placeholder="none"
        value={draft.scopes}
        onChange={(scopes) => set({ scopes })}
        error={problem?.issueAt("scopes")}
        help="Access rules of routes ask for them."
      />
      <PlanSelect
        plans={config?.plans ?? []}
        value={draft.plan}
        onChange={(plan) => set({ plan })}
        none="that of its consumer"
        error={problem?.issueAt("plan")}
      />
    </>
  );
}

interface GrantsProps {
  draft: KeyDraft;
  set: (change: Partial<KeyDraft>) => void;
  routes: readonly { name: string }[];
}

/** The routes a key may be used on; for each, perhaps only some versions or methods. */
function Grants({ draft: { grants }, set, routes }: GrantsProps) {
  const names = routes.map(({ name }) => name);
  const gone = grants.map(({ route }) => route).filter((route) => !names.includes(route));
  const choose = (chosen: string[]) =>
    set({
      grants: chosen.map(
        (route) =>
          grants.find((grant) => grant.route === route) ?? { route, versions: [], methods: [] },
      ),
    });
  return (
    <>
      <CheckGroup
        label="Routes"
        value={grants.map(({ route }) => route)}
        onChange={choose}
        options={[
          ...names.map((route) => ({ value: route, label: route })),
          ...gone.map((route) => ({ value: route, label: route, hint: "There is no such route." })),
        ]}
        help={grants.length === 0 ? "None: the key is refused everywhere until you choose." : ""}
      />
      {grants.map((grant, at) => {
        const change = (changed: Partial<typeof grant>) =>
          set({ grants: grants.with(at, { ...grant, ...changed }) });
        return (
          <div key={grant.route} className="grid grid-cols-2 gap-3">
            <ListField
              label={`Versions of ${grant.route}`}
              placeholder="all"
              value={grant.versions}
              onChange={(versions) => change({ versions })}
            />
            <ListField
              label={`Methods on ${grant.route}`}
              placeholder="all"
              value={grant.methods}
              onChange={(methods) =>
                change({ methods: methods.map((method) => method.toUpperCase()) })
              }
            />
          </div>
        );
      })}
    </>
  );
}
