import { useState } from "react";
import type { ConfigInForce } from "@/api/index.ts";
import { countsText, useCacheState, usePurge } from "@/app/cacheState.ts";
import { Button, format, Meter, SegmentedControl, SizeField, TextField } from "@/ui/index.ts";
import { ConfigForm } from "./ConfigForm.tsx";
import { SettingsSection } from "./SettingsSection.tsx";

/** How much may be kept of answers, what is, and throwing it away. */
export function CacheSettings({ inForce }: { inForce: ConfigInForce }) {
  return (
    <>
      <ConfigForm title="Cache" part="cache" inForce={inForce}>
        {({ value, set, error }) => (
          <div className="flex flex-wrap gap-x-6 gap-y-3">
            <SizeField
              label="Answers may take in memory"
              required
              min={65_536}
              max={68_719_476_736}
              value={value.max_bytes}
              onChange={(bytes) => bytes !== null && set({ max_bytes: bytes })}
              error={error("max_bytes")}
              help="Together. What was used least makes room."
            />
            <SizeField
              label="Longest answer kept"
              required
              min={1}
              max={1_073_741_824}
              value={value.max_answer_bytes}
              onChange={(bytes) => bytes !== null && set({ max_answer_bytes: bytes })}
              error={error("max_answer_bytes")}
              help="A longer one passes and is not kept."
            />
          </div>
        )}
      </ConfigForm>
      <SettingsSection title="Kept answers">
        <KeptNow />
        <ThrowAway />
      </SettingsSection>
    </>
  );
}

function KeptNow() {
  const { data } = useCacheState();
  if (!data) return null;
  const { answers, bytes, max_bytes, counts } = data;
  return (
    <div className="flex flex-col gap-1.5">
      <Meter
        label="Memory taken by answers"
        used={bytes}
        total={max_bytes}
        text={`${format.bytes(bytes)} of ${format.bytes(max_bytes)}`}
      />
      <p className="text-body text-ink-2">
        {`${format.plural(answers, "answer")} kept. ${countsText(counts)}`}
      </p>
    </div>
  );
}

type What = "url" | "tag" | "all";

/** Throws away what is kept of an address, what has a tag, or everything. */
function ThrowAway() {
  const purge = usePurge();
  const [what, setWhat] = useState<What>("url");
  const [text, setText] = useState("");
  const missing = what !== "all" && text.trim() === "";
  const submit = () => {
    if (missing) return;
    if (what === "all") purge.mutate({ kind: "all" });
    else if (what === "url") purge.mutate({ kind: "url", url: text.trim() });
    else purge.mutate({ kind: "tag", tag: text.trim() });
  };
  return (
    <form
      noValidate
      aria-label="Throw answers away"
      className="flex flex-col items-start gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <SegmentedControl
        label="Throw away"
        value={what}
        onChange={setWhat}
        options={[
          { value: "url", label: "An address" },
          { value: "tag", label: "A tag" },
          { value: "all", label: "Everything" },
        ]}
      />
      {what === "url" && (
        <TextField
          label="URL or path"
          mono
          className="w-96 max-w-full"
          placeholder="/orders/7"
          value={text}
          onChange={setText}
          help="A path alone counts for any host; without a query, all queries are meant."
        />
      )}
      {what === "tag" && (
        <TextField
          label="Tag"
          mono
          className="w-96 max-w-full"
          placeholder="product-7"
          value={text}
          onChange={setText}
          help="As services send it in Cache-Tag or Surrogate-Key."
        />
      )}
      <Button type="submit" disabledReason={missing ? "Say what is to be thrown away." : undefined}>
        Throw away
      </Button>
    </form>
  );
}
