import { Link } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { Button, CopyButton, Prose, sentence, Switch } from "@/ui/index.ts";
import type { Difference, Exported, Placeholder, Product } from "./queries.ts";
import { Section } from "./Section.tsx";
import { lineOf } from "./words.ts";

interface SecretsProps {
  exported: Exported;
  /** Whether hashes of API keys are taken over. */
  hashes: boolean;
  onHashes: (hashes: boolean) => void;
  onShow: (file: string, line?: number) => void;
  onNewKeys: () => void;
}

/** Secrets to fill in, of which none is in an export; hashes, where the product compares them. */
export function Secrets({ exported, hashes, onHashes, onShow, onNewKeys }: SecretsProps) {
  const { placeholders, product } = exported;
  const comparesHashes = hashes || placeholders.some(({ form }) => form === "sha256");
  if (placeholders.length === 0 && !comparesHashes) return null;
  return (
    <Section title="Secrets to fill in">
      <p className="text-small text-ink-3">
        {placeholders.length > 0
          ? "No secret is in an export. Until one is filled in, its caller is refused."
          : "Nothing is left to fill in."}
      </p>
      {placeholders.length > 0 && (
        <ul className="divide-y divide-line-subtle rounded-card border border-line-subtle">
          {placeholders.map((one) => (
            <Secret
              key={`${one.file} ${one.token}`}
              one={one}
              exported={exported}
              onShow={onShow}
            />
          ))}
        </ul>
      )}
      {placeholders.length > 0 && (
        <Button
          className="w-fit"
          icon={<KeyRound size={14} aria-hidden="true" />}
          onClick={onNewKeys}
        >
          Make new keys…
        </Button>
      )}
      {comparesHashes && (
        <Switch
          label="Take over the hashes of API keys"
          help={`${product.title} compares SHA-256 hashes: with them, keys of today work without filling anything in. Keep the files out of repositories then.`}
          checked={hashes}
          onChange={onHashes}
        />
      )}
    </Section>
  );
}

const FORMS: Record<Placeholder["form"], string> = {
  plain: "the API key",
  sha256: "the SHA-256 (hexadecimal) of the API key",
};

function Secret({
  one,
  exported,
  onShow,
}: {
  one: Placeholder;
  exported: Exported;
  onShow: SecretsProps["onShow"];
}) {
  const text = exported.files.find(({ name }) => name === one.file)?.text ?? "";
  const line = lineOf(text, one.token);
  return (
    <li className="flex flex-wrap items-center gap-x-2 px-2.5 py-1.5">
      <code className="font-mono text-code break-all">{one.token}</code>
      <CopyButton label={`Copy ${one.token}`} text={one.token} />
      <button
        type="button"
        className="ml-auto font-mono text-code-small text-ink-2 underline decoration-line-control underline-offset-2 hover:text-accent-ink"
        onClick={() => onShow(one.file, line)}
      >
        {one.file}
        {line !== undefined && `:${line}`}
      </button>
      <p className="w-full text-small text-ink-3">
        Put {FORMS[one.form]} of{" "}
        <Link to="/keys" search={{ show: "consumers", sel: one.consumer }}>
          {one.consumer}
        </Link>{" "}
        in its place.
      </p>
    </li>
  );
}

/** What the product does differently, whatever the configuration. */
export function Differences({
  differences,
  product,
}: {
  differences: readonly Difference[];
  product: Product;
}) {
  if (differences.length === 0) return null;
  return (
    <Section title={`Always different in ${product.title}`}>
      <ul className="list-disc pl-5 marker:text-ink-3">
        {differences.map(({ id, what, why }) => (
          <li key={id}>
            <Prose text={sentence(what)} />{" "}
            <span className="text-ink-3">
              <Prose text={sentence(why)} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
