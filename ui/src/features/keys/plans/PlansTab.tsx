import { type Config, type ConfigInForce, defaultPlan, type Plan } from "@/api/index.ts";
import { LimitsFields } from "@/forms/limits/LimitsFields.tsx";
import { limitsOf, limitsText } from "@/forms/limits/limitText.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import type { Column } from "@/ui/index.ts";
import type { FormPart } from "../listed/ListedForm.tsx";
import { ListedPlace } from "../listed/ListedPlace.tsx";
import { PlanUsers } from "./PlanUsers.tsx";

interface PlansTabProps {
  inForce: ConfigInForce;
  open: string | null;
  select: (sel: string | null) => void;
}

const BLANK = defaultPlan("");
const SHOWN = ["name", "rate_limits", "quotas", "concurrency"];

/** Limits and quotas that come with a key or a consumer. */
export function PlansTab({ inForce, open, select }: PlansTabProps) {
  return (
    <ListedPlace
      inForce={inForce}
      list="plans"
      what="plan"
      several="plans"
      columns={columnsFor(inForce.config)}
      open={open}
      select={select}
      why="A plan, such as bronze, silver or gold, is a set of limits and quotas for whoever has it, on all routes together. Give it to keys or to consumers."
      blank={BLANK}
    >
      {(part, item) => (
        <>
          <PlanFields {...part} />
          {item && <PlanUsers plan={item.name} config={inForce.config} />}
        </>
      )}
    </ListedPlace>
  );
}

function PlanFields({ draft, set, issues }: FormPart<"plans">) {
  return (
    <>
      <p className="text-body text-ink-2">
        These hold for the requests of whoever has the plan, on all routes together, beside the
        limits of routes.
      </p>
      <LimitsFields
        limits={limitsOf(draft)}
        owner={`of plan ${draft.name}`}
        onChange={set}
        issues={issues}
      />
      <PartProblem message={issues.rest("", ...SHOWN)} />
    </>
  );
}

function columnsFor({ consumers }: Config): readonly Column<Plan>[] {
  const users = (name: string) => consumers.filter(({ plan }) => plan === name).length;
  return [
    {
      id: "name",
      header: "Name",
      width: "minmax(100px, 1fr)",
      sortBy: ({ name }) => name,
      cell: ({ name }) => <span className="font-medium">{name}</span>,
    },
    {
      id: "limits",
      header: "Limits and quotas",
      width: "minmax(140px, 2.4fr)",
      cell: (plan) => (
        <span className="text-ink-2" title={limitsText(plan)}>
          {limitsText(plan)}
        </span>
      ),
    },
    {
      id: "consumers",
      header: "Consumers",
      width: "92px",
      align: "end",
      sortBy: ({ name }) => users(name),
      cell: ({ name }) => users(name),
    },
  ];
}
