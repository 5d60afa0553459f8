import { expect, test } from "vitest";
import { answer, ifMatch } from "./client.ts";
import { Problem } from "./problem.ts";

const refused = (status: number, error: unknown) =>
  Promise.resolve({ error, response: new Response(null, { status }) });

test("a refusal becomes a problem with its code and its issues", async () => {
  const call = answer(
    refused(422, {
      type: "about:blank",
      title: "The configuration was refused",
      status: 422,
      detail: "Two things are wrong with it.",
      code: "config_refused",
      issues: [{ path: "routes[0].path", severity: "error", message: "A path starts with /." }],
    }),
  );
  const problem = await call.catch((thrown: unknown) => thrown);
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({
    status: 422,
    code: "config_refused",
    message: "Two things are wrong with it.",
  });
  expect((problem as Problem).issueAt("routes[0].path")).toBe("A path starts with /.");
});

test("an answer that is no problem document still says what happened", async () => {
  await expect(answer(refused(502, "<html>"))).rejects.toMatchObject({
    code: "unreadable",
    message: "The gateway answered 502 without saying why.",
  });
});

test("no answer at all is the problem `unreachable`", async () => {
  await expect(answer(Promise.reject(new TypeError("Failed to fetch")))).rejects.toMatchObject({
    status: 0,
    code: "unreachable",
  });
});

test("a revision is sent as a quoted entity tag", () => {
  expect(ifMatch(7)).toEqual({ "If-Match": '"7"' });
});
