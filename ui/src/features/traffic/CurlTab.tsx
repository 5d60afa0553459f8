import { Banner, CodeBlock, Skeleton, Prose } from "@/ui/index.ts";
import { useCurl } from "./queries.ts";

/** The command that sends the request again, with secrets as variables. */
export function CurlTab({ id }: { id: string }) {
  const { data, error } = useCurl(id);
  if (error) return <Banner tone="err">{error.message}</Banner>;
  if (!data) return <Skeleton />;
  return (
    <div className="flex flex-col gap-3 p-3">
      {data.variables.length > 0 && (
        <p className="text-ink-2">
          <Prose
            text={`The log holds no secrets. Set ${data.variables.map((name) => `\`${name}\``).join(" and ")} before you run it.`}
          />
        </p>
      )}
      <CodeBlock label="cURL" text={data.command} />
      {data.notes.map((note) => (
        <p key={note} className="text-ink-2">
          <Prose text={note} />
        </p>
      ))}
    </div>
  );
}
