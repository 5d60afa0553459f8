import { Download } from "lucide-react";
import { inDesktop } from "@/api/index.ts";
import { Banner, Button, CopyButton, Dialog, saveFile, SecretField } from "@/ui/index.ts";
import { type NewKeys, type Options, type Product, useNewKeys } from "./queries.ts";

interface NewKeysDialogProps {
  product: Product;
  options: Options;
  onClose: () => void;
}

/** Makes keys for the exported gateway alone, and shows them this once. */
export function NewKeysDialog({ product, options, onClose }: NewKeysDialogProps) {
  const make = useNewKeys(product.id, options);
  const made = make.data;
  return (
    <Dialog
      open
      onClose={onClose}
      width={560}
      title="Make new keys for this export"
      description={
        made
          ? "Save or copy them now: they are shown only this once and kept nowhere."
          : `Keys are stored here as hashes, so the old ones cannot be filled in. New ones are for ${product.title} alone: this gateway does not take them, and its own keys stay good.`
      }
      footer={
        made ? (
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button variant="primary" busy={make.isPending} onClick={() => make.mutate()}>
              Make keys
            </Button>
          </>
        )
      }
    >
      {make.error && <Banner tone="err">{make.error.message}</Banner>}
      {made ? <Made made={made} /> : null}
    </Dialog>
  );
}

function Made({ made }: { made: NewKeys }) {
  const files = [{ name: made.env_name, text: made.env }, ...made.files];
  return (
    <div className="flex flex-col gap-3">
      {made.keys.map(({ name, consumer, secret }) => (
        <SecretField key={name} label={`${name}, for ${consumer}`} value={secret} />
      ))}
      <section aria-label="As files" className="flex flex-col gap-1.5">
        <p className="text-small text-ink-3">
          {made.env_name} holds a variable for each; the other{" "}
          {made.files.length === 1 ? "is the file" : "are the files"} of the export with the keys
          put in. Keep them out of repositories.
        </p>
        <div className="flex flex-wrap gap-2">
          {files.map(({ name, text }) =>
            // The desktop's webview has no downloads.
            inDesktop ? (
              <CopyButton key={name} wide variant="secondary" label={`Copy ${name}`} text={text} />
            ) : (
              <Button
                key={name}
                icon={<Download size={14} aria-hidden="true" />}
                onClick={() => saveFile(name, text, "text/plain")}
              >
                Save {name}
              </Button>
            ),
          )}
        </div>
      </section>
    </div>
  );
}
