import type { Config } from "@/api/index.ts";
import { Badge, Banner, CopyButton, Spinner, SplitPane, useNarrow } from "@/ui/index.ts";
import { FileView } from "./FileView.tsx";
import { Findings } from "./Findings.tsx";
import type { Exported } from "./queries.ts";
import { type ExportSearch, openRoutes, withOpen } from "./search.ts";
import { Differences, Prove, Secrets } from "./Sections.tsx";
import { filesInOrder, groups, keyOf, verdict } from "./words.ts";

interface ExportViewProps {
  exported: Exported;
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
  const files = filesInOrder(exported);
  const shown = files.find(({ name }) => name === search.file) ?? files[0];
  const { line: marked, ...withoutLine } = search;
  const { file: _, ...rest } = withoutLine;
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
          {failure !== undefined && <Banner tone="err">{failure}</Banner>}
          <div className="flex flex-col gap-5 p-3">
            <Headline exported={exported} busy={busy} />
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
            />
            <Prove product={product} open={openRoutes(search)} />
            <Differences differences={exported.differences} product={product} />
          </div>
        </div>
      }
      second={
        shown === undefined ? null : (
          <FileView
            files={files}
            shown={shown}
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

function Headline({ exported, busy }: { exported: Exported; busy: boolean }) {
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
