import type { Exported, Finding, Product, Proof, ProofJob } from "./queries.ts";

export const NGINX: Product = {
  id: "nginx",
  title: "NGINX",
  versions: "1.22 and later",
  edition: "open source",
  proved_with: "1.22.1",
  program: "nginx",
  main_file: "nginx.conf",
};

export const HAPROXY: Product = {
  id: "haproxy",
  title: "HAProxy",
  versions: "2.6 and later",
  edition: "community",
  proved_with: "2.6.12",
  program: "haproxy",
  main_file: "haproxy.cfg",
};

/** A product that is not run. */
export const KONG: Product = {
  id: "kong",
  title: "Kong",
  versions: "3.4 and later",
  edition: "open source",
  proved_with: null,
  program: null,
  main_file: "kong.yml",
};

/** A proof of NGINX under way. */
export const proofJob = (): ProofJob => ({
  id: 1,
  product: "nginx",
  options: { open: [], hashes: false },
  revision: 1,
  recorded: 0,
  started_at_us: 1_000_000,
  ended_at_us: 9_000_000,
  progress: {
    done: 120,
    total: 600,
    classes: [
      { name: "limits", done: 100, total: 100, badge: "partly" },
      { name: "paths", done: 20, total: 500, badge: null },
    ],
  },
  outcome: { state: "running" },
});

/** A proof that found something. */
export const PROOF: Proof = {
  product: "nginx",
  version: "nginx version: nginx/1.22.1",
  badge: "partly",
  classes: [
    {
      name: "limits",
      badge: "partly",
      asked: 100,
      known: [],
      different: [
        {
          request: "GET /orders",
          host: "shop.example",
          headers: ["X-API-Key: (a key)"],
          times: 5,
          what: "`+++--` here, `+++++` there",
        },
      ],
      unlike: 1,
    },
    {
      name: "paths",
      badge: "proved",
      asked: 500,
      known: [{ id: "odd-spelling", count: 12 }],
      different: [],
      unlike: 0,
    },
  ],
  left_out: [{ why: "a secret is not in the log", count: 12 }],
};

/** A file as long as a real one, whose lines say which they are. */
const lines = (name: string, count: number) =>
  `${Array.from({ length: count }, (_, at) => `# ${name}, line ${at + 1} of it`).join("\n")}\n`;

const finding = (
  path: string,
  grade: Finding["grade"],
  note: string,
  place: Finding["place"],
): Finding => ({ path, grade, note, place: place ?? null, closed: false });

/** What the gateway says of routes `orders` and `weekly`, with `open` of them opened. */
export function exported(product: Product, open: readonly string[], hashes: boolean): Exported {
  const main = product.main_file;
  const quota = (route: string, path: string, line: number): Finding => {
    const consequence = open.includes(route)
      ? "exported open, as you said"
      : "exported closed (403)";
    const note = `nothing is counted by calendar periods: route \`${route}\` is ${consequence}`;
    const closed = !open.includes(route);
    return { ...finding(path, "less_strict", note, { file: main, line }), closed };
  };
  const plain = product.id === "nginx";
  const token = plain ? "${KEY_ALICE}" : "SHA256_OF_KEY_ALICE";
  const filled = hashes && !plain;
  return {
    product,
    files: [
      { name: ".gitignore", text: "" },
      { name: "REPORT.md", text: `# Export to ${product.title}\n` },
      { name: "keys.map", text: `# Keys\n${filled ? "6b51d431" : token} alice\n` },
      { name: main, text: lines(main, 1200) },
      { name: "report.json", text: `{"product":"${product.id}"}\n` },
    ],
    findings: [
      quota("weekly", "routes[1].quotas[0]", 613),
      finding("limits.headers", "approximated", "only `Retry-After: 1` is sent with a 429", null),
      finding("services[0].retries", "approximated", "tried again `<b>1</b>` times at most", {
        file: main,
        line: 42,
      }),
      ...(filled
        ? []
        : [
            finding(
              "api_keys",
              "fill_in",
              `put the API key of \`alice\` in the place of \`${token}\` in keys.map; until then it is refused`,
              { file: main, line: 164 },
            ),
          ]),
      finding("recording", "left_out", "nothing is recorded there", null),
    ],
    exact: 26,
    placeholders: filled
      ? []
      : [
          {
            name: "KEY_ALICE",
            file: "keys.map",
            token,
            form: plain ? "plain" : "sha256",
            consumer: "alice",
          },
        ],
    closed: open.includes("weekly") ? {} : { weekly: "routes[1].quotas[0]" },
    differences: [
      {
        id: "problem-bodies",
        what: "refusals have short HTML instead of an `application/problem+json`",
        why: "it makes its own error pages",
      },
    ],
    fidelity: "incomplete",
    report: `# Export to ${product.title}\n\nSome of it is not carried over.\n`,
  };
}
