import axe from "axe-core";
import { expect } from "vitest";

/** Fails with what is wrong and where, if axe finds a violation of WCAG 2.2 AA in the page. */
export async function expectAccessible(root: Element = document.body): Promise<void> {
  await settled();
  const { violations } = await axe.run(root, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  });
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} (${node.failureSummary ?? ""})`),
  );
  expect(found).toEqual([]);
}

/** Once nothing fades any more: half-way, everything lacks contrast. A spinner never ends. */
async function settled(): Promise<void> {
  const ending = document
    .getAnimations()
    .filter((animation) => animation.effect?.getComputedTiming().iterations !== Infinity);
  // One that is cancelled, because its element left, is over too.
  await Promise.allSettled(ending.map((animation) => animation.finished));
}
