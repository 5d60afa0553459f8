import { useMutation } from "@tanstack/react-query";
import { answer, api } from "@/api/index.ts";
import { Banner, FileButton, format, Prose, toast } from "@/ui/index.ts";
import type { MockRule } from "./mockText.ts";

/** Rules out of the examples of an OpenAPI document. */
export function FromDocument({ onRules }: { onRules: (rules: MockRule[]) => void }) {
  const read = useMutation({
    mutationFn: async (file: File) => {
      const text = await file.text();
      return answer(api.POST("/api/v1/mocks/from-openapi", { body: { text } }));
    },
    onSuccess: ({ rules, left_out }, file) => {
      // The gateway fills in every member.
      onRules(rules as MockRule[]);
      const made = `${format.plural(rules.length, "rule")} made of ${file.name}`;
      const [first] = left_out;
      toast({
        tone: rules.length === 0 ? "warn" : "ok",
        title: made,
        ...(first !== undefined && {
          detail: left_out.length === 1 ? first : `${first}, and ${left_out.length - 1} more`,
        }),
      });
    },
  });
  return (
    <>
      <FileButton
        size="sm"
        label="OpenAPI document with examples"
        accept=".yaml,.yml,.json,application/yaml,application/json"
        busy={read.isPending}
        onFile={(file) => read.mutate(file)}
      >
        Rules from an OpenAPI document
      </FileButton>
      {read.error && (
        <div className="basis-full">
          <Banner tone="err" onDismiss={() => read.reset()}>
            <Prose text={read.error.message} />
          </Banner>
        </div>
      )}
    </>
  );
}
