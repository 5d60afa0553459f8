import { useState } from "react";
import { Button, NumberField, Select, TextField } from "@/ui/index.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import { even, sharesOf, weightsOf, withShare } from "./shares.ts";
import { SplitSlider } from "./SplitSlider.tsx";
import type { VersionsPartProps } from "./VersionsPart.ts";

/** How callers who name no version are spread over several, and for whom a version stays. */
export function SplitEditor({ versions, onChange, issues }: Omit<VersionsPartProps, "config">) {
  const { split, list } = versions;
  // Typing a share takes from the one typed before.
  const [last, setLast] = useState<{ at: number; before: number | null }>({ at: -1, before: null });
  if (split === null) return null;
  const names = list.map(({ name }) => name);
  const shares = sharesOf(split.weights, names);
  const set = (change: Partial<typeof split>) =>
    onChange({ ...versions, split: { ...split, ...change } });
  const setShares = (next: readonly number[]) => set({ weights: weightsOf(next, names) });
  const type = (at: number, share: number) => {
    const before = last.at === at ? last.before : last.at < 0 ? null : last.at;
    setLast({ at, before });
    setShares(withShare(shares, at, share, before));
  };
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="sr-only">Split</legend>
      <SplitSlider names={names} shares={shares} onChange={setShares} />
      <div className="flex flex-wrap items-end gap-x-4 gap-y-2">
        {names.map((name, at) => (
          <NumberField
            // Two may have one name while they are edited; they never move.
            // oxlint-disable-next-line react/no-array-index-key
            key={at}
            label={`Share of ${name}`}
            required
            min={0}
            max={100}
            unit="%"
            value={shares[at] ?? 0}
            onChange={(share) => share !== null && type(at, share)}
            error={issues.at(`split.weights[${at}]`)}
          />
        ))}
        <Button
          className="mb-0"
          disabledReason={isEven(shares) ? "The shares are even." : undefined}
          onClick={() => setShares(even(names.length))}
        >
          Even
        </Button>
      </div>
      <div className="flex flex-wrap items-start gap-x-3 gap-y-3">
        <Select
          label="A version stays the same for"
          className="w-52"
          value={split.sticky}
          onChange={(sticky) => set({ sticky, ...(sticky !== "cookie" && { cookie: null }) })}
          options={[
            { value: "none", label: "Nothing", hint: "Each request is on its own" },
            { value: "key", label: "An API key", hint: "Without one: the address" },
            {
              value: "consumer",
              label: "A consumer",
              hint: "Whatever key it uses; without one: the address",
            },
            { value: "ip", label: "A client address" },
            { value: "cookie", label: "A browser", hint: "By a cookie the gateway sets" },
          ]}
          error={issues.at("split.sticky")}
        />
        {split.sticky === "cookie" && (
          <TextField
            label="Name of the cookie"
            mono
            className="min-w-44 flex-1"
            placeholder="gatewright_version"
            value={split.cookie ?? ""}
            onChange={(cookie) => set({ cookie: cookie === "" ? null : cookie })}
            error={issues.at("split.cookie")}
          />
        )}
      </div>
      <PartProblem
        message={issues.rest(
          "split",
          "split.sticky",
          ...(split.sticky === "cookie" ? ["split.cookie"] : []),
          ...names.map((_, at) => `split.weights[${at}]`),
        )}
      />
    </fieldset>
  );
}

function isEven(shares: readonly number[]): boolean {
  return even(shares.length).every((share, at) => share === shares[at]);
}
