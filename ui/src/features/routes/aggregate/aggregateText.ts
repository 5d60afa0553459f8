import type { Config, Route } from "@/api/index.ts";
import { format } from "@/ui/index.ts";

export type Aggregate = NonNullable<Route["aggregate"]>;
export type Part = Aggregate["parts"][number];

/** A part as the gateway would fill it in. */
export function newPart(name: string, service: string): Part {
  return {
    name,
    service,
    method: "GET",
    path: "/",
    query: [],
    headers: [],
    body: null,
    timeout_ms: 5000,
    required: true,
    retries: null,
    mount: null,
    hidden: false,
    select: [],
    drop: [],
    rename: [],
    default: null,
    max_bytes: 1_048_576,
    for_each: null,
  };
}

/** An answer of two parts, of the first services there are. */
export function newAggregate(config: Config): Aggregate {
  const [first, second] = config.services;
  const name = (wanted: string | undefined, other: string) =>
    wanted && /^[\w-]+$/.test(wanted) && !["request", "item"].includes(wanted) ? wanted : other;
  const one = name(first?.name, "first");
  const two = name(second?.name, "second");
  return {
    parts: [
      newPart(one, first?.name ?? ""),
      newPart(two === one ? "second" : two, second?.name ?? first?.name ?? ""),
    ],
    deadline_ms: 10_000,
    max_bytes: 10_485_760,
    meta: false,
  };
}

/** The same answer with one more part. */
export function withAnother(aggregate: Aggregate, config: Config): Aggregate {
  const taken = new Set(aggregate.parts.map(({ name }) => name));
  let number = aggregate.parts.length + 1;
  while (taken.has(`part-${number}`)) number += 1;
  const part = newPart(`part-${number}`, config.services[0]?.name ?? "");
  return { ...aggregate, parts: [...aggregate.parts, part] };
}

/** "answer of 3 parts: `user`, `orders`, `team`" */
export function aggregateText({ parts }: Aggregate): string {
  const names = parts.map(({ name }) => `\`${name}\``).join(", ");
  return `answer of ${format.plural(parts.length, "part")}: ${names}`;
}

/** "GET shop `/orders`, after `user`, once for each of `user.ids`" */
export function partText(part: Part, others: readonly string[]): string {
  const needs = needsOf(part, others);
  const words = [
    `${part.method} ${part.service} \`${part.path}\``,
    needs.length > 0 && `after ${needs.map((name) => `\`${name}\``).join(" and ")}`,
    part.for_each && `once for each of \`${bare(part.for_each.list)}\``,
    part.hidden ? "not in the answer" : `as ${placeText(part)}`,
  ];
  return words.filter(Boolean).join(", ");
}

/** Where a part stands in the answer. */
export function placeText({ name, mount }: Part): string {
  if (mount === "") return "fields of the answer itself";
  return `\`${mount ?? name}\``;
}

/** The list as it is written, without the braces that people put around it. */
const bare = (list: string) => list.replaceAll(/[{}\s]/g, "");

/** Names of the parts whose answers a part needs, in their order. */
export function needsOf(part: Part, names: readonly string[]): string[] {
  const { path, query, headers, body, for_each } = part;
  const texts = JSON.stringify([path, query, headers, body]);
  const found = [...texts.matchAll(/\{\{\s*([\w-]+)/g)].map(([, name]) => name);
  if (for_each) found.push(/^[\w-]+/.exec(bare(for_each.list))?.[0]);
  return names.filter((name) => name !== part.name && found.includes(name));
}

/** The parts in the order in which they can be asked: those of one step at the same time. */
export function stepsOf(parts: readonly Part[]): Part[][] {
  const names = parts.map(({ name }) => name);
  const steps: Part[][] = [];
  let left = [...parts];
  const done = new Set<string>();
  while (left.length > 0) {
    const ready = left.filter((part) => needsOf(part, names).every((need) => done.has(need)));
    // A circle, which the gateway refuses: whatever is left stands in one step.
    const step = ready.length === 0 ? left : ready;
    steps.push(step);
    for (const { name } of step) done.add(name);
    left = left.filter((part) => !step.includes(part));
  }
  return steps;
}

/** Names of the parameters of a route's path. */
export function parametersOf({ match }: Route): string[] {
  if (match.path_kind === "template") {
    return [...match.path.matchAll(/\{(\w+)(?:\.\.\.)?\}/g)].map(([, name]) => name as string);
  }
  if (match.path_kind === "regex") {
    return [...match.path.matchAll(/\(\?P?<(\w+)>/g)].map(([, name]) => name as string);
  }
  return [];
}

/** What a part may refer to, without braces, for a person to put in. */
export function offered(route: Route, part: Part): string[] {
  const others = route.aggregate?.parts ?? [];
  return [
    ...parametersOf(route).map((name) => `request.path.${name}`),
    ...others.filter(({ name }) => name !== part.name).map(({ name }) => `${name}.id`),
    ...(part.for_each ? ["item.id"] : []),
  ];
}
