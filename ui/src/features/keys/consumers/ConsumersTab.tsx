import { useMemo } from "react";
import { type ConfigInForce, type Consumer, defaultConsumer } from "@/api/index.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import { Badge, type Column, ListField } from "@/ui/index.ts";
import { LabelsField } from "../listed/LabelsField.tsx";
import type { FormPart } from "../listed/ListedForm.tsx";
import { ListedPlace } from "../listed/ListedPlace.tsx";
import { PlanSelect } from "../listed/PlanSelect.tsx";
import { ConsumerKeys } from "./ConsumerKeys.tsx";
import { PasswordField } from "./PasswordField.tsx";

interface ConsumersTabProps {
  inForce: ConfigInForce;
  open: string | null;
  select: (sel: string | null) => void;
  /** The name of the new one. */
  suggested: string;
}

const SHOWN = ["name", "labels", "groups", "scopes", "plan", "password_hash"];

/** Who calls: groups, scopes, a plan and a password, whatever keys they use. */
export function ConsumersTab({ inForce, open, select, suggested }: ConsumersTabProps) {
  const blank = useMemo(() => defaultConsumer(suggested), [suggested]);
  return (
    <ListedPlace
      inForce={inForce}
      list="consumers"
      what="consumer"
      several="consumers"
      columns={COLUMNS}
      leftBeside={["scopes", "password"]}
      open={open}
      select={select}
      why="A consumer is a person, a team or a program that calls. Set one up to give it groups, scopes, a plan or a password for all its keys together. A key works without."
      blank={blank}
    >
      {(part, item) => (
        <>
          <ConsumerFields {...part} inForce={inForce} />
          {item && <ConsumerKeys consumer={item.name} />}
        </>
      )}
    </ListedPlace>
  );
}

interface ConsumerFieldsProps extends FormPart<"consumers"> {
  inForce: ConfigInForce;
}

function ConsumerFields({ draft, set, issues, inForce }: ConsumerFieldsProps) {
  return (
    <>
      <ListField
        label="Groups"
        placeholder="none"
        value={draft.groups}
        onChange={(groups) => set({ groups })}
        error={issues.at("groups")}
        help="Access rules of routes ask for them."
      />
      <ListField
        label="Scopes"
        placeholder="none"
        value={draft.scopes}
        onChange={(scopes) => set({ scopes })}
        error={issues.at("scopes")}
        help="It has them whatever way it shows who it is, beside those of its key or token."
      />
      <PlanSelect
        value={draft.plan}
        onChange={(plan) => set({ plan })}
        plans={inForce.config.plans}
        none="none"
        error={issues.at("plan")}
      />
      <PasswordField
        name={draft.name}
        hash={draft.password_hash}
        onChange={(password_hash) => set({ password_hash })}
        error={issues.at("password_hash")}
      />
      <LabelsField
        value={draft.labels}
        onChange={(labels) => set({ labels })}
        error={issues.at("labels")}
      />
      <PartProblem message={issues.rest("", ...SHOWN)} />
    </>
  );
}

const words = (list: readonly string[]) => (
  <span className={list.length === 0 ? "text-ink-3" : "text-ink-2"}>
    {list.length === 0 ? "–" : list.join(", ")}
  </span>
);

const COLUMNS: readonly Column<Consumer>[] = [
  {
    id: "name",
    header: "Name",
    width: "minmax(110px, 1.3fr)",
    sortBy: ({ name }) => name,
    cell: ({ name }) => <span className="font-medium">{name}</span>,
  },
  {
    id: "groups",
    header: "Groups",
    width: "minmax(80px, 1fr)",
    sortBy: ({ groups }) => groups.join(),
    cell: ({ groups }) => words(groups),
  },
  {
    id: "scopes",
    header: "Scopes",
    width: "minmax(80px, 1fr)",
    cell: ({ scopes }) => words(scopes),
  },
  {
    id: "plan",
    header: "Plan",
    width: "minmax(60px, 0.7fr)",
    sortBy: ({ plan }) => plan ?? "",
    cell: ({ plan }) => words(plan === null ? [] : [plan]),
  },
  {
    id: "password",
    header: "Password",
    width: "84px",
    sortBy: ({ password_hash }) => (password_hash === null ? 0 : 1),
    cell: ({ password_hash }) =>
      password_hash === null ? words([]) : <Badge tone="ok">set</Badge>,
  },
];
