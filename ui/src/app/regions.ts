/**
 * Moves the focus to the next region of the window (`data-region`): navigation, view, messages,
 * status bar. `step` is 1 or -1. A region takes the focus itself if nothing in it can.
 */
export function focusRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")];
  const here = regions.findIndex((region) => region.contains(document.activeElement));
  const from = here < 0 && step < 0 ? 0 : here;
  const next = regions[(from + step + regions.length) % regions.length];
  const target = next?.querySelector<HTMLElement>(
    "[aria-current=page], [role=grid], a[href], button, input, [tabindex='0']",
  );
  (target ?? next)?.focus();
}
