import { useNavigate, useSearch } from "@tanstack/react-router";
import { Upload } from "lucide-react";
import { useMemo, useState } from "react";
import { type Command, useCommands } from "@/app/commands.ts";
import { preferences, setPreferences } from "@/app/preferences.ts";
import {
  Banner,
  Button,
  copyText,
  EmptyState,
  Select,
  Skeleton,
  toast,
  useStore,
} from "@/ui/index.ts";
import { ExportView } from "./ExportView.tsx";
import { type Product, useConfig, useExport, useProducts } from "./queries.ts";
import { type ExportSearch, openRoutes } from "./search.ts";
import { evidence } from "./words.ts";

/** The Export place: the configuration in another gateway's words, and what is different there. */
export function ExportPlace() {
  const { data: products, error } = useProducts();
  const { data: inForce, error: unread } = useConfig();
  const { to } = useSearch({ from: "/export" });
  const navigate = useNavigate({ from: "/export" });
  const remembered = useStore(preferences).exportTo;
  const product = pick(products, to, remembered);
  const choose = (id: string) => {
    setPreferences({ exportTo: id });
    // What was decided about one product's export says nothing about another's.
    void navigate({ search: { to: id }, replace: true });
  };
  const failure = error ?? unread;
  return (
    <div className="flex h-full flex-col">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
        <h1 className="text-title">Export</h1>
        {products && product && products.length > 0 && (
          <Select
            label="Export to"
            hideLabel
            className="w-52"
            value={product.id}
            onChange={choose}
            options={inOrder(products).map((one) => ({
              value: one.id,
              label: one.title,
              hint: `${one.versions}; ${evidence(one)}`,
            }))}
          />
        )}
        {product && (
          <p className="text-small text-ink-3">
            {product.versions}, {product.edition}; {evidence(product)}
          </p>
        )}
      </header>
      <div className="min-h-0 flex-1 border-t border-line-subtle">
        {inForce && products && product ? (
          inForce.config.routes.length === 0 ? (
            <NothingYet products={products} />
          ) : (
            <Loaded key={product.id} product={product} products={products} onChoose={choose} />
          )
        ) : failure ? (
          <Banner tone="err">{failure.message}</Banner>
        ) : (
          <Skeleton />
        )}
      </div>
    </div>
  );
}

/** Those that are run stand first. */
function inOrder(products: readonly Product[]): Product[] {
  return products.toSorted((a, b) => Number(!a.program) - Number(!b.program));
}

/** The product of the address, else the one chosen last, else the first that there is. */
function pick(
  products: readonly Product[] | undefined,
  ...ids: readonly (string | undefined)[]
): Product | undefined {
  const wanted = ids.map((id) => products?.find((product) => product.id === id));
  return wanted.find((product) => product !== undefined) ?? inOrder(products ?? [])[0];
}

interface LoadedProps {
  product: Product;
  products: readonly Product[];
  onChoose: (id: string) => void;
}

function Loaded({ product, products, onChoose }: LoadedProps) {
  const search = useSearch({ from: "/export" });
  const navigate = useNavigate({ from: "/export" });
  const { data: inForce } = useConfig();
  const [chosen, setChosen] = useState<string | null>(null);
  const open = openRoutes(search);
  const wish = { open, hashes: search.hashes === "yes" };
  const { data, error, isPlaceholderData } = useExport(product.id, wish, true);
  const report = data?.report;
  useCommands(
    useMemo((): Command[] => {
      const others = products.filter(({ id }) => id !== product.id);
      return [
        ...others.map(({ id, title }) => ({
          id: `export.to.${id}`,
          title: `Export to ${title}`,
          group: "Export",
          words: "product target gateway",
          run: () => onChoose(id),
        })),
        {
          id: "export.report",
          title: "Copy the report as Markdown",
          group: "Export",
          when: () => report !== undefined,
          run: () => void copyReport(report ?? ""),
        },
      ];
      // oxlint-disable-next-line react/exhaustive-deps -- `onChoose` does the same each time
    }, [products, product.id, report]),
  );
  if (!data || !inForce) {
    if (!error) return <Skeleton label={`Writing the export to ${product.title}`} />;
    return <Banner tone="err">{error.message}</Banner>;
  }
  const change = (next: ExportSearch) => void navigate({ search: next, replace: true });
  return (
    <ExportView
      exported={data}
      products={products}
      options={wish}
      revision={inForce.revision}
      config={inForce.config}
      search={search}
      onSearch={change}
      busy={isPlaceholderData}
      failure={error?.message}
      chosen={chosen}
      onChosen={setChosen}
    />
  );
}

async function copyReport(text: string): Promise<void> {
  const copied = await copyText(text);
  toast(copied ? { tone: "ok", title: "Report copied" } : { tone: "err", title: "Could not copy" });
}

function NothingYet({ products }: { products: readonly Product[] }) {
  const navigate = useNavigate();
  const names = products.map(({ title }) => title).join(", ");
  return (
    <EmptyState
      icon={<Upload size={24} aria-hidden="true" />}
      title="There is no route to export yet"
      actions={
        <>
          <Button
            variant="primary"
            onClick={() => void navigate({ to: "/routes", search: { sel: ":new" } })}
          >
            New route
          </Button>
          <Button onClick={() => void navigate({ to: "/start" })}>Find a service</Button>
        </>
      }
    >
      Once there is one, such as <code className="font-mono text-code">/orders</code> to a service
      on this machine, its files appear here, ready to run ({names}), with everything that would be
      different there.
    </EmptyState>
  );
}
