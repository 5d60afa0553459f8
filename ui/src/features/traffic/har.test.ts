import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import Ajv, { type AnySchemaObject } from "ajv";
import formats from "ajv-formats";
import draft06 from "ajv/dist/refs/json-schema-draft-06.json" with { type: "json" };
import { expect, test } from "vitest";

/** The published schema, in its parts. */
const schemas = createRequire(import.meta.url)("har-schema") as Record<string, AnySchemaObject>;

/** What the gateway writes, as its own tests keep it. */
const written: unknown = JSON.parse(
  readFileSync(new URL("../../../test/traffic.har", import.meta.url), "utf8"),
);

function validator() {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats(ajv);
  ajv.addMetaSchema(draft06);
  ajv.addSchema(Object.values(schemas));
  const validate = ajv.getSchema("har.json#");
  if (!validate) throw new Error("the package has no schema of archives");
  return validate;
}

// HAR-1
test("an export is an HTTP Archive by the published schema", () => {
  const validate = validator();
  validate(written);
  expect(validate.errors).toBeNull();
});

test("the schema refuses what is none", () => {
  const validate = validator();
  const archive = structuredClone(written) as { log: { entries: { time: unknown }[] } };
  const [first] = archive.log.entries;
  if (first) first.time = "soon";
  expect(validate(archive)).toBe(false);
});
