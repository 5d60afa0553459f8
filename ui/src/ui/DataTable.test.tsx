import { expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { render } from "vitest-browser-react";
import { useState } from "react";
import { expectAccessible } from "../../test/axe.ts";
import { type Column, DataTable } from "./DataTable.tsx";

interface Item {
  id: string;
  size: number;
}

const columns: Column<Item>[] = [
  { id: "id", header: "Name", width: "1fr", cell: (item) => item.id, sortBy: (item) => item.id },
  {
    id: "size",
    header: "Size",
    width: "80px",
    cell: (item) => item.size,
    sortBy: (item) => item.size,
  },
];

function Items({ total, onOpen }: { total: number; onOpen?: (item: Item) => void }) {
  const [selected, setSelected] = useState<string | null>(null);
  const [rows] = useState(() =>
    Array.from({ length: total }, (_, at) => ({ id: `item ${at}`, size: (at * 7) % total })),
  );
  return (
    <div style={{ height: 320 }}>
      <DataTable
        label="Items"
        columns={columns}
        rows={rows}
        rowKey={(item) => item.id}
        selected={selected}
        onSelect={(item) => setSelected(item.id)}
        {...(onOpen && { onOpen })}
        empty={<p>No items yet</p>}
      />
    </div>
  );
}

const selectedRow = () => page.getByRole("row", { selected: true });

test("ten thousand rows are announced and few exist", async () => {
  await render(<Items total={10_000} />);
  const grid = page.getByRole("grid", { name: "Items" });
  await expect.element(grid).toHaveAttribute("aria-rowcount", "10001");
  expect(page.getByRole("row").elements().length).toBeLessThan(40);
  await expectAccessible();
});

test("arrows, End and Home move the selection from one tab stop; Enter opens", async () => {
  const opened = vi.fn<(item: Item) => void>();
  await render(<Items total={5000} onOpen={opened} />);
  await page.getByRole("grid").element().focus();
  await userEvent.keyboard("{ArrowDown}{ArrowDown}");
  await expect.element(selectedRow()).toHaveTextContent("item 1");
  await userEvent.keyboard("{End}");
  await expect.element(selectedRow()).toHaveTextContent("item 4999");
  await expect.element(selectedRow()).toBeInViewport();
  await userEvent.keyboard("{Home}{Enter}");
  await expect.element(selectedRow()).toHaveTextContent("item 0");
  expect(opened).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ id: "item 0" }));
});

test("the grid names the current row for a screen reader", async () => {
  await render(<Items total={5} />);
  const grid = page.getByRole("grid").element();
  await page.getByText("item 3").click();
  const active = document.getElementById(grid.getAttribute("aria-activedescendant") ?? "");
  expect(active?.textContent).toContain("item 3");
});

test("a header sorts up, then down", async () => {
  await render(<Items total={50} />);
  await page.getByRole("button", { name: "Size" }).click();
  const header = page.getByRole("columnheader", { name: "Size" });
  await expect.element(header).toHaveAttribute("aria-sort", "ascending");
  await expect.element(page.getByRole("row").nth(1)).toHaveTextContent("item 0");
  await page.getByRole("button", { name: "Size" }).click();
  await expect.element(header).toHaveAttribute("aria-sort", "descending");
  await expect.element(page.getByRole("gridcell").nth(1)).toHaveTextContent("49");
});

test("without rows it says what will appear", async () => {
  await render(<Items total={0} />);
  await expect.element(page.getByText("No items yet")).toBeVisible();
});

test("a change of density changes the rows that are there", async () => {
  await render(<Items total={500} />);
  const second = () => page.getByRole("row").nth(2).element().getBoundingClientRect();
  const before = second();
  expect(before.height).toBe(28);
  document.documentElement.dataset.density = "compact";
  await expect.poll(() => second().height).toBe(24);
  expect(second().top).toBe(before.top - 4);
});
