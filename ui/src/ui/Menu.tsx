import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { cx } from "./cx.ts";
import { Kbd } from "./Kbd.tsx";

export interface MenuAction {
  label: string;
  icon?: ReactNode;
  keys?: string | undefined;
  /** Marks the item as the present choice, or not it; leave out where nothing is chosen. */
  checked?: boolean;
  danger?: boolean;
  /** Why it cannot be chosen now. */
  disabledReason?: string | undefined;
  onSelect: () => void;
}

export type MenuItem = MenuAction | { heading: string } | "separator";

interface MenuProps {
  /** The button that opens it, such as an IconButton. */
  trigger: ReactElement<Record<string, unknown>>;
  items: readonly MenuItem[];
  side?: "top" | "bottom";
  align?: "start" | "end";
}

const ITEM =
  "flex h-7 items-center gap-2 rounded-tag px-2 text-body outline-none select-none data-highlighted:bg-hover data-disabled:text-disabled";

/** A menu behind a button. Arrows move, letters jump, Escape closes. */
export function Menu({ trigger, items, side = "bottom", align = "start" }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner side={side} align={align} sideOffset={4} className="z-50 outline-none">
          <Base.Popup className="float min-w-44 p-1 outline-none">
            {items.map((item, at) => (
              <Item key={keyOf(item, at)} item={item} />
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function keyOf(item: MenuItem, at: number): string {
  if (item === "separator") return `separator ${at}`;
  return "heading" in item ? item.heading : item.label;
}

function Item({ item }: { item: MenuItem }) {
  if (item === "separator") return <Base.Separator className="mx-1 my-1 h-px bg-line-subtle" />;
  if ("heading" in item) {
    return <div className="px-2 pt-1.5 pb-0.5 text-small text-ink-3">{item.heading}</div>;
  }
  const common = {
    disabled: item.disabledReason !== undefined,
    "aria-description": item.disabledReason,
    title: item.disabledReason,
    label: item.label,
    className: cx(ITEM, item.danger && "text-err"),
  };
  const content = (
    <>
      {item.checked !== undefined && (
        <span className="w-4">{item.checked && <Check size={14} aria-hidden="true" />}</span>
      )}
      {item.icon && <span className="text-ink-3">{item.icon}</span>}
      <span className="flex-1">{item.label}</span>
      {item.keys && <Kbd keys={item.keys} />}
    </>
  );
  if (item.checked === undefined) {
    return (
      <Base.Item {...common} onClick={item.onSelect}>
        {content}
      </Base.Item>
    );
  }
  return (
    <Base.CheckboxItem {...common} checked={item.checked} onClick={item.onSelect} closeOnClick>
      {content}
    </Base.CheckboxItem>
  );
}
