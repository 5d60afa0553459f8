import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  type Config,
  configQuery,
  type ConfigInForce,
  Problem,
  queryKeys,
  refreshConfig,
  replaceConfig,
} from "@/api/index.ts";
import { announceChange } from "@/app/changes.ts";
import { plain, toast } from "@/ui/index.ts";

/** The lists of the configuration that this place edits. */
export type ListName = "consumers" | "plans" | "issuers";
export type Listed<Name extends ListName> = Config[Name][number];

export function useConfig() {
  return useQuery(configQuery);
}

/** Saves the configuration that was revision `revision`, and says what that changed. */
export function useSave() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ config, revision }: ConfigInForce) => {
      const applied = await replaceConfig(config, revision);
      await announceChange(client, applied.revision);
    },
    // After a conflict what is in force is read again; what was typed stays.
    onError: () => refreshConfig(client),
    // What keys may do comes from their consumers and plans too.
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.keys }),
  });
}

/** Takes an item out of its list, with the way back in a toast. */
export function useRemove(inForce: ConfigInForce, list: ListName, onGone: () => void) {
  const save = useSave();
  return (name: string) => {
    const items = inForce.config[list].filter((item) => item.name !== name);
    save.mutate(
      { config: { ...inForce.config, [list]: items }, revision: inForce.revision },
      { onSuccess: onGone, onError: (error) => tellRefusal(name, error) },
    );
  };
}

function tellRefusal(name: string, error: unknown): void {
  if (!(error instanceof Problem)) throw error;
  const said = error.issues.map(({ path, message }) => `${path}: ${message}`);
  toast({
    tone: "err",
    title: `${name} stays`,
    detail: plain([error.message, ...said].join(" ")),
  });
}

/** The configuration with an item in the place of the one called `name`, or after the others. */
export function placeListed<Name extends ListName>(
  config: Config,
  list: Name,
  item: Listed<Name>,
  name: string | null,
): { config: Config; path: string } {
  const items: Listed<Name>[] = config[list];
  const found = items.findIndex((other) => other.name === name);
  const at = found < 0 ? items.length : found;
  return {
    config: { ...config, [list]: items.toSpliced(at, 1, item) },
    path: `${list}[${at}]`,
  };
}
