import { BookmarkPlus } from "lucide-react";
import { useId, useState } from "react";
import { Problem } from "@/api/index.ts";
import { Banner, Button, plain, Prose } from "@/ui/index.ts";
import { useConfig } from "../queries.ts";
import { type TestToSave, useSavedTestWrites } from "../savedTests/queries.ts";
import { besidesText, sameTest } from "../savedTests/testText.ts";
import type { RouteTested } from "./routeTest.ts";

interface SaveTestProps {
  tested: RouteTested;
  /** What was tested is a draft, and not in force. */
  ofDraft: boolean;
}

/** Keeps what was found out: that this request comes to this route, or to none. */
export function SaveTest({ tested, ofDraft }: SaveTestProps) {
  const inForce = useConfig().data;
  const writes = useSavedTestWrites(inForce?.revision ?? 0);
  const [failure, setFailure] = useState<Problem | null>(null);
  const [saving, setSaving] = useState(false);
  const about = useId();
  const { to_save: wanted } = tested;
  const route = tested.matched?.route ?? null;
  const there =
    route === null
      ? inForce?.config.no_route_tests
      : inForce?.config.routes.find(({ name }) => name === route)?.tests;
  const save = async ({ test }: TestToSave) => {
    setSaving(true);
    setFailure(null);
    try {
      await writes.save({ route, test });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setFailure(error);
    } finally {
      setSaving(false);
    }
  };
  const reason = ofDraft
    ? "What is typed beside this is not in force yet."
    : wanted == null
      ? "This request is not valid or too long: nothing can be saved of it."
      : there?.some((one) => sameTest(one, wanted.test))
        ? "It is saved already."
        : undefined;
  return (
    <div className="flex flex-col gap-1">
      <Button
        size="sm"
        className="self-start"
        icon={<BookmarkPlus size={14} aria-hidden="true" />}
        aria-describedby={reason === undefined ? about : undefined}
        busy={saving}
        disabledReason={reason}
        onClick={() => wanted != null && void save(wanted)}
      >
        Save as test
      </Button>
      <p id={about} className="text-small break-words text-ink-3">
        {reason ?? (wanted != null && <Prose text={whatIsSaved(wanted, route)} />)}
      </p>
      {failure && (
        <Banner tone="err" onDismiss={() => setFailure(null)}>
          {plain([failure.message, ...failure.issues.map(({ message }) => message)].join(" "))}
        </Banner>
      )}
    </div>
  );
}

/** "Saves that `GET /orders/7` comes to `orders`, and tries it on every change. Left out: …" */
function whatIsSaved({ test, left_out, masked }: TestToSave, route: string | null): string {
  const besides = besidesText(test);
  const version = test.version == null ? "" : `, version \`${test.version}\``;
  const where = route === null ? "comes to no route" : `comes to \`${route}\`${version}`;
  return [
    `Saves that \`${test.request}\`${besides === "" ? "" : ` ${besides}`} ${where}; every change is tried with it.`,
    ...(left_out.length > 0 ? [leftOut(left_out)] : []),
    ...(masked.length > 0
      ? [`A mask stands for what may be secret in ${masked.join(" and ")}.`]
      : []),
  ].join(" ");
}

function leftOut(names: readonly string[]): string {
  const them = names.length === 1 ? "it" : "them";
  const list = names.map((name) => `\`${name}\``).join(", ");
  return `Left out, since no route asks for ${them}: ${list}.`;
}
