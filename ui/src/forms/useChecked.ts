import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type Config, type Issue, validateConfig } from "@/api/index.ts";
import { useDebounced } from "@/ui/index.ts";

/** How long after the last keystroke a draft is checked. */
const CHECK_AFTER_MS = 150;

/** What the gateway says of a draft, and whether it says it of this very draft. */
export interface Checked {
  issues: readonly Issue[];
  valid: boolean;
  current: boolean;
}

/** Has a draft of the whole configuration checked while it is typed. Give it a memoised one. */
export function useChecked(draft: Config): Checked {
  const settled = useDebounced(draft, CHECK_AFTER_MS);
  const { data, isPlaceholderData } = useQuery({
    queryKey: ["validation", settled],
    queryFn: ({ signal }) => validateConfig(settled, signal),
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  return {
    issues: data?.issues ?? [],
    valid: data?.valid ?? false,
    current: settled === draft && data !== undefined && !isPlaceholderData,
  };
}
