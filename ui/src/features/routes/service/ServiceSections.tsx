import { type ComponentType, useState } from "react";
import type { Service } from "@/api/index.ts";
import { Section } from "@/forms/Section.tsx";
import { BalanceFields } from "./BalanceFields.tsx";
import { BreakerFields } from "./BreakerFields.tsx";
import { ProcessFields } from "./process/ProcessFields.tsx";
import { processText } from "./process/processText.ts";
import { HealthFields } from "./HealthFields.tsx";
import { ProtocolFields } from "./ProtocolFields.tsx";
import { RetryFields } from "./RetryFields.tsx";
import type { ServicePartProps } from "./ServicePart.ts";
import {
  balanceText,
  breakerText,
  healthText,
  protocolText,
  retriesText,
  targetsText,
  timeoutsText,
} from "./serviceText.ts";
import { TargetFields } from "./TargetFields.tsx";
import { TimeoutFields } from "./TimeoutFields.tsx";

interface Part {
  title: string;
  Fields: ComponentType<ServicePartProps>;
  /** What it says while it is closed. */
  text: (service: Service) => string;
}

/** The parts of a service's form, in order. */
const PARTS = {
  targets: { title: "Targets", Fields: TargetFields, text: targetsText },
  process: { title: "Process", Fields: ProcessFields, text: processText },
  protocol: { title: "Protocol & TLS", Fields: ProtocolFields, text: protocolText },
  balance: { title: "Balancing", Fields: BalanceFields, text: balanceText },
  health: { title: "Health", Fields: HealthFields, text: healthText },
  breaker: { title: "Circuit breaker", Fields: BreakerFields, text: breakerText },
  retries: { title: "Retries & hold", Fields: RetryFields, text: retriesText },
  timeouts: { title: "Timeouts", Fields: TimeoutFields, text: timeoutsText },
} as const satisfies Record<string, Part>;
type PartName = keyof typeof PARTS;

/** Which part edits what. A new member of a service does not compile until it has its place. */
const PLACES = {
  targets: "targets",
  process: "process",
  protocol: "protocol",
  tls: "protocol",
  balance: "balance",
  health: "health",
  breaker: "breaker",
  retries: "retries",
  hold_ms: "retries",
  timeouts: "timeouts",
} as const satisfies Record<Exclude<keyof Service, "name">, PartName>;

const NAMES = Object.keys(PARTS) as PartName[];
const membersOf = (part: PartName) =>
  Object.entries(PLACES).flatMap(([member, place]) => (place === part ? [member] : []));

interface ServiceSectionsProps extends ServicePartProps {
  /** Opens every section with something wrong in it: after a press on the form's button. */
  showErrors: boolean;
  /** Another number starts the fields anew, also those that hold what cannot be read. */
  round: number;
}

/** The fields of a service, in sections that close to a line each. */
export function ServiceSections({ showErrors, round, ...part }: ServiceSectionsProps) {
  const [toggled, setToggled] = useState<ReadonlySet<PartName>>(new Set(["targets"]));
  const toggle = (name: PartName) => {
    const next = new Set(toggled);
    if (!next.delete(name)) next.add(name);
    setToggled(next);
  };
  return NAMES.map((name) => {
    const { title, Fields, text } = PARTS[name];
    const errors = part.issues.count(...membersOf(name));
    return (
      <Section
        key={name}
        title={title}
        summary={text(part.service)}
        errors={errors}
        open={toggled.has(name) || (showErrors && errors > 0)}
        onToggle={() => toggle(name)}
      >
        <Fields key={round} {...part} />
      </Section>
    );
  });
}
