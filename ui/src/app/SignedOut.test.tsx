import { expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { render } from "vitest-browser-react";
import { enter } from "@/api/connection.ts";
import { expectAccessible } from "../../test/axe.ts";
import { fakeGateway, refuse } from "../../test/fakeGateway.ts";
import { openApp } from "../../test/openApp.tsx";
import { SignedOut } from "./SignedOut.tsx";

const gateway = fakeGateway();

test("a browser the server does not know is asked for the token", async () => {
  await openApp("/routes");
  enter("signed-out");
  await expect
    .element(page.getByRole("heading", { name: "This browser is not signed in to Gatewright" }))
    .toBeVisible();
  await expectAccessible();
  enter("open");
});

test("a wrong token says so, and the right one signs in", async () => {
  const onSignedIn = vi.fn<() => void>();
  gateway.answers["POST /session"] = (body: { token: string }) =>
    body.token === "right"
      ? new Response(null, { status: 204 })
      : refuse({ code: "unauthorized", status: 401 });
  await render(<SignedOut onSignedIn={onSignedIn} />);
  await userEvent.fill(page.getByLabelText("Token"), "wrong");
  await userEvent.keyboard("{Enter}");
  await expect.element(page.getByText("That is not the token.")).toBeVisible();
  expect(onSignedIn).not.toHaveBeenCalled();
  await userEvent.fill(page.getByLabelText("Token"), " right ");
  await userEvent.keyboard("{Enter}");
  await vi.waitFor(() => expect(onSignedIn).toHaveBeenCalledOnce());
});
