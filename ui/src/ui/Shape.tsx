import { cx } from "./cx.ts";
import type { ShapeName } from "./status.ts";

/** One of the status shapes, in the colour of the text. Decoration: a word stands beside it. */
export function Shape({ name, className }: { name: ShapeName; className?: string }) {
  return <span aria-hidden="true" className={cx("shape", `shape-${name}`, className)} />;
}
