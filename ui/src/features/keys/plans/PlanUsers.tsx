import { Link } from "@tanstack/react-router";
import type { Config } from "@/api/index.ts";

/** Who has a plan. */
export function PlanUsers({ plan, config }: { plan: string; config: Config }) {
  const consumers = config.consumers.filter((consumer) => consumer.plan === plan);
  return (
    <section className="border-t border-line-subtle pt-3">
      <h3 className="pb-1 text-strong">Consumers with this plan</h3>
      {consumers.length === 0 ? (
        <p className="text-ink-2">None.</p>
      ) : (
        <ul className="flex flex-wrap gap-x-3 gap-y-1">
          {consumers.map(({ name }) => (
            <li key={name}>
              <Link to="/keys" search={{ show: "consumers", sel: name }}>
                {name}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
