import type { Route } from "@/api/index.ts";
import { Button, format } from "@/ui/index.ts";

interface UsedByProps {
  routes: readonly Route[];
  onOpen: (name: string) => void;
}

/** The routes that send to a service. */
export function UsedBy({ routes, onOpen }: UsedByProps) {
  return (
    <section className="border-t border-line-subtle px-4 py-3">
      <h3 className="text-strong">
        {routes.length === 0
          ? "No route uses it"
          : `Used by ${format.plural(routes.length, "route")}`}
      </h3>
      <ul className="flex flex-wrap gap-1.5 pt-1">
        {routes.map(({ name }) => (
          <li key={name}>
            <Button size="sm" onClick={() => onOpen(name)}>
              {name}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
