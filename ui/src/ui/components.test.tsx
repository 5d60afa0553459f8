import { useState } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { render } from "vitest-browser-react";
import { expectAccessible } from "../../test/axe.ts";
import { Gallery } from "../../test/Gallery.tsx";
import {
  Button,
  CheckGroup,
  CodeBlock,
  ConfirmDialog,
  Dialog,
  dismissToast,
  Menu,
  Meter,
  NumberField,
  SecretField,
  SegmentedControl,
  Select,
  StatusBadge,
  Switch,
  Tabs,
  TextField,
  toast,
  ToastRegion,
} from "./index.ts";
import { toasts } from "./toasts.ts";

afterEach(() => {
  for (const { id } of toasts.get()) dismissToast(id);
});

test.each(["light", "dark"])("every component is accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await render(<Gallery />);
  await expectAccessible();
});

test("a button that cannot be pressed says why, keeps the focus and does nothing", async () => {
  const pressed = vi.fn<() => void>();
  await render(
    <Button disabledReason="The gateway is stopped." onClick={pressed}>
      Send
    </Button>,
  );
  const button = page.getByRole("button", { name: "Send" });
  await userEvent.tab();
  await expect.element(button).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  expect(pressed).not.toHaveBeenCalled();
  await expect.element(button).toHaveAccessibleDescription("The gateway is stopped.");
});

test("a status says where it came from and has a shape besides its colour", async () => {
  const { container } = await render(<StatusBadge status={401} fromGateway />);
  expect(container.textContent).toBe("Answered by the gateway: 401");
  expect(container.querySelector(".shape-warn")).not.toBeNull();
});

test("an error belongs to its field", async () => {
  await render(
    <TextField label="Path" value="x" onChange={() => {}} error="Start with a slash." />,
  );
  const field = page.getByRole("textbox", { name: "Path" });
  await expect.element(field).toHaveAttribute("aria-invalid", "true");
  await expect.element(field).toHaveAccessibleDescription("Start with a slash.");
});

test("a number field reports whole numbers only and keeps what cannot be read", async () => {
  const changed = vi.fn<(value: number | null) => void>();
  function Limit() {
    const [value, setValue] = useState<number | null>(60);
    const change = (next: number | null) => {
      changed(next);
      setValue(next);
    };
    return <NumberField label="Limit" value={value} onChange={change} min={1} max={1000} />;
  }
  await render(<Limit />);
  const field = page.getByRole("textbox", { name: "Limit" });
  await field.fill("ten");
  await expect.element(field).toHaveAccessibleDescription("Enter a whole number.");
  await field.fill("0");
  await expect.element(field).toHaveAccessibleDescription("Enter 1 or more.");
  expect(changed).not.toHaveBeenCalled();
  await field.fill("250");
  expect(changed).toHaveBeenLastCalledWith(250);
  await field.fill("");
  expect(changed).toHaveBeenLastCalledWith(null);
});

test("a select is chosen from with the keyboard", async () => {
  function Per() {
    const [value, setValue] = useState<"key" | "ip">("key");
    return (
      <Select
        label="Per"
        value={value}
        onChange={setValue}
        options={[
          { value: "key", label: "Key" },
          { value: "ip", label: "Address" },
        ]}
      />
    );
  }
  await render(<Per />);
  const trigger = page.getByRole("combobox", { name: "Per" });
  await userEvent.tab();
  await expect.element(trigger).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  await expect.element(page.getByRole("option", { name: "Key" })).toHaveFocus();
  await userEvent.keyboard("{ArrowDown}{Enter}");
  await expect.element(trigger).toHaveTextContent("Address");
});

test("arrows move a segmented control and Space a switch", async () => {
  const switched = vi.fn<(on: boolean) => void>();
  function Form() {
    const [value, setValue] = useState<"a" | "b">("a");
    return (
      <>
        <SegmentedControl
          label="Side"
          value={value}
          onChange={setValue}
          options={[
            { value: "a", label: "A" },
            { value: "b", label: "B" },
          ]}
        />
        <Switch label="On" checked={false} onChange={switched} />
      </>
    );
  }
  await render(<Form />);
  await userEvent.tab();
  await userEvent.keyboard("{ArrowRight}");
  await expect.element(page.getByRole("radio", { name: "B" })).toBeChecked();
  await userEvent.tab();
  await userEvent.keyboard(" ");
  expect(switched).toHaveBeenCalledExactlyOnceWith(true);
});

test("arrows move along tabs and show only the chosen one", async () => {
  function Detail() {
    const [tab, setTab] = useState<"one" | "two">("one");
    return (
      <Tabs
        label="Detail"
        value={tab}
        onChange={setTab}
        items={[
          { id: "one", label: "One" },
          { id: "two", label: "Two" },
        ]}
      >
        <p>content of {tab}</p>
      </Tabs>
    );
  }
  await render(<Detail />);
  await userEvent.tab();
  await userEvent.keyboard("{ArrowRight}");
  await expect
    .element(page.getByRole("tab", { name: "Two" }))
    .toHaveAttribute("aria-selected", "true");
  await expect.element(page.getByRole("tabpanel")).toHaveTextContent("content of two");
});

test("a menu runs what is chosen and gives the focus back", async () => {
  const revoked = vi.fn<() => void>();
  await render(
    <Menu
      trigger={<Button>More</Button>}
      items={[
        { label: "Rename", onSelect: () => {} },
        { label: "Revoke", danger: true, onSelect: revoked },
      ]}
    />,
  );
  await userEvent.tab();
  await userEvent.keyboard("{Enter}");
  await expect.element(page.getByRole("menuitem", { name: "Rename" })).toHaveFocus();
  await expectAccessible();
  await userEvent.keyboard("{ArrowDown}{Enter}");
  expect(revoked).toHaveBeenCalledOnce();
  await expect.element(page.getByRole("button", { name: "More" })).toHaveFocus();
});

test("a dialog starts in its field, submits on Enter and closes with one Escape", async () => {
  const submitted = vi.fn<() => void>();
  const closed = vi.fn<() => void>();
  await render(
    <Dialog
      open
      onClose={closed}
      title="Issue key"
      onSubmit={submitted}
      footer={<Button type="submit">Issue</Button>}
    >
      <TextField label="Name" value="" onChange={() => {}} />
    </Dialog>,
  );
  await expect.element(page.getByRole("textbox", { name: "Name" })).toHaveFocus();
  await expectAccessible();
  await userEvent.keyboard("{Enter}");
  expect(submitted).toHaveBeenCalledOnce();
  await userEvent.keyboard("{Escape}");
  expect(closed).toHaveBeenCalledOnce();
});

test("a question about something final starts on Cancel", async () => {
  const confirmed = vi.fn<() => void>();
  const cancelled = vi.fn<() => void>();
  await render(
    <ConfirmDialog
      open
      title="Revoke acme-ci?"
      confirm="Revoke key"
      danger
      onConfirm={confirmed}
      onCancel={cancelled}
    >
      Requests with it will get 401.
    </ConfirmDialog>,
  );
  await expect.element(page.getByRole("button", { name: "Cancel" })).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  expect(cancelled).toHaveBeenCalledOnce();
  expect(confirmed).not.toHaveBeenCalled();
});

test("a secret is not on the page until it is revealed", async () => {
  const secret = "gw_live_7d1f0c6b2a9e4f53";
  const { container } = await render(<SecretField label="API key" value={secret} />);
  expect(container.innerHTML).not.toContain(secret);
  await page.getByRole("button", { name: "Reveal" }).click();
  await expect.element(page.getByText(secret)).toBeVisible();
});

test("what is copied can differ from what is shown, and the copy is confirmed", async () => {
  const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  await render(
    <CodeBlock label="cURL" text="-H 'x-api-key: gw_…'" copy="-H 'x-api-key: gw_live'" />,
  );
  await page.getByRole("button", { name: "Copy cURL" }).click();
  expect(write).toHaveBeenCalledExactlyOnceWith("-H 'x-api-key: gw_live'");
  await expect.element(page.getByRole("status")).toHaveTextContent("Copied");
});

test("of more than three toasts the oldest leaves, and an action closes its own", async () => {
  const undone = vi.fn<() => void>();
  await render(<ToastRegion />);
  for (const title of ["one", "two", "three"]) toast({ title });
  toast({ title: "four", action: { label: "Undo", run: undone } });
  await expect.element(page.getByText("four")).toBeVisible();
  await expect.element(page.getByText("one")).not.toBeInTheDocument();
  await page.getByRole("button", { name: "Undo" }).click();
  expect(undone).toHaveBeenCalledOnce();
  await expect.element(page.getByText("four")).not.toBeInTheDocument();
  // The button is not part of what a screen reader announces.
  for (const status of page.getByRole("status").elements()) {
    expect(status.querySelector("button")).toBeNull();
  }
});

test("a group of checks keeps the order of its options, and says what is wrong", async () => {
  function Ways() {
    const [ways, setWays] = useState<("basic" | "key" | "token")[]>(["token"]);
    return (
      <CheckGroup
        label={`Ways: ${ways.join()}`}
        value={ways}
        onChange={setWays}
        options={[
          { value: "key", label: "API key" },
          { value: "basic", label: "Password" },
          { value: "token", label: "Token" },
        ]}
        error="no issuer is known"
      />
    );
  }
  await render(<Ways />);
  await page.getByRole("checkbox", { name: "API key" }).click();
  const group = page.getByRole("group");
  await expect.element(group).toHaveAccessibleName("Ways: key,token");
  await expect.element(group).toHaveAccessibleDescription("no issuer is known");
  await page.getByRole("checkbox", { name: "Token" }).click();
  await expect.element(group).toHaveAccessibleName("Ways: key");
});

test("a meter says in words what its bar shows, and never more than there is", async () => {
  await render(
    <Meter label="Quota" used={12} total={10} text="12 of 10 used" detail="Until noon" />,
  );
  const meter = page.getByRole("meter", { name: "Quota" });
  await expect.element(meter).toHaveAttribute("aria-valuetext", "12 of 10 used");
  await expect.element(meter).toHaveAttribute("aria-valuenow", "10");
  await expect.element(page.getByText("Until noon")).toBeVisible();
});
