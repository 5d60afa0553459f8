import type { Config } from "@/api/index.ts";
import { Save } from "lucide-react";
import { useState } from "react";
import { Badge, Banner, Button, CopyButton, Spinner, SplitPane, useNarrow } from "@/ui/index.ts";
import { DiffView } from "./DiffView.tsx";
import { FileView } from "./FileView.tsx";
import { Findings } from "./Findings.tsx";
import { NewKeysDialog } from "./NewKeysDialog.tsx";
import { ProofSection } from "./ProofSection.tsx";
import { type Exported, type Options, type Product, useTake } from "./queries.ts";
import { SaveDialog } from "./SaveDialog.tsx";
import { type ExportSearch, openRoutes, withOpen } from "./search.ts";
import { Differences, Secrets } from "./Sections.tsx";
import { filesInOrder, groups, keyOf, verdict } from "./words.ts";

interface ExportViewProps {
  exported: Exported;
  products: readonly Product[];
  /** What was decided about the export. */
  options: Options;
  /** The revision in force. */
  revision: number;
  config: Config;
  search: ExportSearch;
  onSearch: (search: ExportSearch) => void;
  /** Whether another wish is under way, and this is what was there before. */
  busy: boolean;
  /** Why there is nothing newer. */
  failure: string | undefined;
  /** Key of the finding whose line is shown. */
  chosen: string | null;
  onChosen: (key: string | null) => void;
}

/** An export: what is different beside the files. */
export function ExportView(props: ExportViewProps) {
  const { exported, config, search, onSearch, busy, failure, chosen, onChosen } = props;
  const narrow = useNarrow();
  const { product } = exported;
  const { products, options, revision } = props;
  const [dialog, setDialog] = useState<"save" | "keys" | null>(null);
  const take = useTake(product.id, options);
  const files = filesInOrder(exported);
  const shown = files.find(({ name }) => name === search.file) ?? files[0];
  const { line: marked, ...withoutLine } = search;
  const { file: _, view, ...rest } = withoutLine;
  // Where the chosen finding stands by now, also after the configuration has changed.
  const finding = groups(exported)
    .flatMap(({ findings }) => findings)
    .find((one) => keyOf(one) === chosen);
  const line = chosen === null ? marked : finding?.place?.line;
  const show = (file: string, at?: number) =>
    onSearch({ ...rest, file, ...(at !== undefined && { line: at }) });
  const { hashes: __, ...withoutHashes } = withoutLine;
  return (
    <SplitPane
      id="export"
      direction={narrow ? "rows" : "columns"}
      label="Files"
      initial={narrow ? 300 : 560}
      min={200}
      minFirst={narrow ? 200 : 360}
      first={
        <div className="relative h-full overflow-y-auto" aria-busy={busy}>
          {dialog === "save" && (
            <SaveDialog product={product} options={options} onClose={() => setDialog(null)} />
          )}
          {dialog === "keys" && (
            <NewKeysDialog product={product} options={options} onClose={() => setDialog(null)} />
          )}
          {failure !== undefined && <Banner tone="err">{failure}</Banner>}
          <div className="flex flex-col gap-5 p-3">
            <Headline exported={exported} busy={busy} onSave={() => setDialog("save")} />
            <Findings
              exported={exported}
              config={config}
              open={openRoutes(search)}
              onOpen={(route, open) => {
                // Its lines are others then.
                onChosen(null);
                onSearch(withOpen(withoutLine, route, open));
              }}
              chosen={chosen}
              onChoose={(one) => {
                onChosen(keyOf(one));
                if (one.place) show(one.place.file, one.place.line);
              }}
            />
            <Secrets
              exported={exported}
              hashes={search.hashes === "yes"}
              onHashes={(on) => onSearch({ ...withoutHashes, ...(on && { hashes: "yes" }) })}
              onShow={(file, at) => {
                onChosen(null);
                show(file, at);
              }}
              onNewKeys={() => setDialog("keys")}
            />
            <ProofSection
              product={product}
              products={products}
              options={options}
              revision={revision}
            />
            <Differences differences={exported.differences} product={product} />
          </div>
        </div>
      }
      second={
        shown === undefined ? null : (
          <FileView
            files={files}
            shown={shown}
            diff={view === "diff" && <DiffView product={product} options={options} />}
            onDiff={() => onSearch({ ...rest, view: "diff" })}
            onTaken={(how) => take.mutate(how)}
            line={line}
            onShow={(file) => {
              onChosen(null);
              show(file);
            }}
          />
        )
      }
    />
  );
}

interface HeadlineProps {
  exported: Exported;
  busy: boolean;
  onSave: () => void;
}

function Headline({ exported, busy, onSave }: HeadlineProps) {
  const { word, tone, shape, sentence } = verdict(exported);
  const json = exported.files.find(({ name }) => name === "report.json")?.text;
  return (
    <div className="flex flex-col gap-2">
      <div role="status" className="flex flex-col items-start gap-1">
        <span className="flex items-center gap-2">
          <Badge tone={tone} shape={shape}>
            {word}
          </Badge>
          {busy && <Spinner />}
        </span>
        <p className="text-heading font-medium">{sentence}</p>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button size="sm" icon={<Save size={14} aria-hidden="true" />} onClick={onSave}>
          Save…
        </Button>
        <CopyButton
          wide
          variant="secondary"
          label="Copy the report as Markdown"
          text={exported.report}
        />
        {json !== undefined && (
          <CopyButton wide variant="secondary" label="Copy it as JSON" text={json} />
        )}
      </div>
    </div>
  );
}
