import { Download } from "lucide-react";
import { useState } from "react";
import { inDesktop, Problem } from "@/api/index.ts";
import { Banner, Button, Dialog, format, saveFile, TextField, toast } from "@/ui/index.ts";
import { type Options, type Product, useSaveFolder, useZip } from "./queries.ts";

interface SaveDialogProps {
  product: Product;
  options: Options;
  onClose: () => void;
}

/** Writes the folder on the gateway's machine, or gives it as one file to a browser. */
export function SaveDialog({ product, options, onClose }: SaveDialogProps) {
  const [folder, setFolder] = useState("");
  const save = useSaveFolder(product.id, options);
  const zip = useZip(product.id, options);
  const problem = save.error instanceof Problem ? save.error : null;
  const wrong = problem?.issueAt("folder");
  const submit = () =>
    save.mutate(folder.trim(), {
      onSuccess: ({ folder: written, written: files, kept }) => {
        const detail =
          kept.length > 0 ? `${kept.join(", ")} was there already and stays as it is.` : undefined;
        toast({
          tone: "ok",
          title: `${format.plural(files.length, "file")} written to ${written}`,
          ...(detail !== undefined && { detail }),
        });
        onClose();
      },
    });
  const download = () =>
    zip.mutate(undefined, {
      onSuccess: (blob) => {
        saveFile(`gateway-${product.id}.zip`, blob, "application/zip");
        onClose();
      },
    });
  const failed = zip.error ?? (wrong === undefined ? save.error : null);
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Save the export to ${product.title}`}
      description="The folder is ready to run: the configuration, a README with the command, and the report. The next export is compared with it."
      onSubmit={submit}
      footer={
        <>
          {/* The desktop's webview has no downloads. */}
          {!inDesktop && (
            <Button
              icon={<Download size={14} aria-hidden="true" />}
              busy={zip.isPending}
              onClick={download}
            >
              Download as ZIP
            </Button>
          )}
          <Button
            variant="primary"
            type="submit"
            busy={save.isPending}
            disabledReason={folder.trim() === "" ? "Say where to write the folder." : undefined}
          >
            Save folder
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <TextField
          label="Folder"
          help={`On the machine that the gateway runs on, from the root. It is made if there is none; files with keys that you filled in stay as they are.`}
          error={wrong}
          mono
          placeholder={`/home/me/gateway-${product.id}`}
          value={folder}
          onChange={setFolder}
        />
        {failed && <Banner tone="err">{failed.message}</Banner>}
      </div>
    </Dialog>
  );
}
