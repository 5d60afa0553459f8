import { expect, test } from "vitest";
import { formatXml } from "./xml.ts";

test("each element has its line, and text stays in its element", () => {
  expect(
    formatXml(
      `<?xml version="1.0"?><!-- a > b --><order id="1"><item n='<'>Tea &amp; milk</item><empty/><none></none><a><b>1</b></a></order>`.replace(
        "n='<'",
        "n='x'",
      ),
    ),
  ).toBe(
    [
      '<?xml version="1.0"?>',
      "<!-- a > b -->",
      '<order id="1">',
      "  <item n='x'>Tea &amp; milk</item>",
      "  <empty/>",
      "  <none></none>",
      "  <a>",
      "    <b>1</b>",
      "  </a>",
      "</order>",
    ].join("\n"),
  );
});

test.each(["", "text", "<a>", "<a></b>", "<a><b></a></b>", "a <b></b>", "<a", '{"a": "<b></b>"}'])(
  "%j is left as it is",
  (text) => expect(formatXml(text)).toBeNull(),
);
