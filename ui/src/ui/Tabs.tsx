import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";

export interface TabItem<Id extends string> {
  id: Id;
  label: string;
  /** A number beside the label: headers, messages. */
  count?: number | undefined;
}

interface TabsProps<Id extends string> {
  /** What the tabs are of, for a screen reader. */
  label: string;
  items: readonly TabItem<Id>[];
  value: Id;
  onChange: (id: Id) => void;
  /** Goes on in another row where there is no room: for names that are not ours, of any number. */
  wrap?: boolean;
  /** Buttons at the right end of the bar. */
  actions?: ReactNode;
  /** The content of the chosen tab. */
  children: ReactNode;
}

/** Tabs over one panel. Arrow keys move along the bar; the content of the others does not exist. */
export function Tabs<Id extends string>(props: TabsProps<Id>) {
  return (
    <Base.Root
      value={props.value}
      onValueChange={(id) => props.onChange(id as Id)}
      className="flex h-full min-h-0 flex-col"
    >
      <div className="flex min-h-9 shrink-0 items-center gap-2 border-b border-line-subtle px-2">
        <Base.List
          aria-label={props.label}
          activateOnFocus
          className={cx("flex min-w-0 gap-x-1", props.wrap && "flex-wrap")}
        >
          {props.items.map((item) => (
            <Base.Tab
              key={item.id}
              value={item.id}
              className="relative flex h-[35px] items-center gap-1.5 px-2 text-body whitespace-nowrap text-ink-2 select-none after:absolute after:inset-x-2 after:bottom-[-1px] after:h-0.5 hover:text-ink focus-visible:-outline-offset-4 data-active:font-medium data-active:text-ink data-active:after:bg-accent"
            >
              {item.label}
              {item.count !== undefined && (
                <span className="text-small text-ink-3 tabular-nums">{item.count}</span>
              )}
            </Base.Tab>
          ))}
        </Base.List>
        {props.actions && (
          <div className="ml-auto flex shrink-0 items-center gap-1">{props.actions}</div>
        )}
      </div>
      <Base.Panel
        value={props.value}
        className="min-h-0 flex-1 overflow-auto focus-visible:-outline-offset-2"
      >
        {props.children}
      </Base.Panel>
    </Base.Root>
  );
}
