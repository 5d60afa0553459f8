import { Badge, Meter, Prose } from "@/ui/index.ts";
import { type LimitsFacts, limitsStood } from "./limitFacts.ts";

/** How each limit stood for a request: a bar, its rule, and the numbers before and after. */
export function LimitsStood({ facts }: { facts: LimitsFacts }) {
  return (
    <ul className="flex max-w-120 flex-col gap-2.5 pb-1">
      {limitsStood(facts).map(({ name, shadow, used, total, text, sentences }) => (
        <li key={name}>
          <Meter
            label={name}
            note={shadow && <Badge tone="warn">shadow</Badge>}
            used={used}
            total={total}
            text={text}
          />
          <p className="pt-0.5 text-small">
            <Prose text={sentences.join(" ")} />
          </p>
        </li>
      ))}
    </ul>
  );
}
