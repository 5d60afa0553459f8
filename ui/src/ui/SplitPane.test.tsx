import { beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { render } from "vitest-browser-react";
import { expectAccessible } from "../../test/axe.ts";
import { SplitPane } from "./SplitPane.tsx";

const split = (second: boolean) => (
  <div style={{ height: 500, width: 600 }}>
    <SplitPane
      id="test"
      direction="rows"
      label="detail"
      initial={200}
      min={100}
      minFirst={150}
      first={<p>list</p>}
      second={second ? <p data-testid="detail">detail</p> : null}
    />
  </div>
);
const handle = () => page.getByRole("separator", { name: "Size of detail" });
const height = () =>
  page.getByTestId("detail").element().parentElement?.getBoundingClientRect().height;

beforeEach(() => localStorage.clear());

test("arrows move it by 16 pixels, Home and End to its ends", async () => {
  await render(split(true));
  await userEvent.tab();
  await expect.element(handle()).toHaveFocus();
  await userEvent.keyboard("{ArrowUp}");
  expect(height()).toBe(216);
  await userEvent.keyboard("{Home}");
  expect(height()).toBe(100);
  await userEvent.keyboard("{End}");
  expect(height()).toBe(350);
  await expect.element(handle()).toHaveAttribute("aria-valuenow", "350");
  await expectAccessible();
});

test("its size is remembered", async () => {
  const first = await render(split(true));
  await userEvent.tab();
  await userEvent.keyboard("{ArrowUp}{ArrowUp}");
  await first.unmount();
  await render(split(true));
  expect(height()).toBe(232);
});

test("without a second pane there is nothing to move", async () => {
  await render(split(false));
  await expect.element(handle()).not.toBeInTheDocument();
  await expect.element(page.getByText("list")).toBeVisible();
});
