import { createStore } from "@/store.ts";
import { toast } from "@/ui/index.ts";

/** A file that was given at one place and is looked at in another: dropped on the first screen. */
export interface DroppedFile {
  name: string;
  text: string;
}

/** The file that waits to be looked at. Whoever takes it leaves `null`. */
export const droppedFile = createStore<DroppedFile | null>(null);

/** Largest file the gateway reads, in bytes. */
const MOST = 12 * 1024 * 1024;

/**
 * The text of a file a person chose. Throws an error that says what is wrong with one that is too
 * large, no UTF-8, or cannot be read.
 */
export async function readFile(file: File): Promise<string> {
  if (file.size > MOST) throw new Error("A file to import may have at most 12 MiB.");
  const bytes = await file.arrayBuffer().catch((cause: unknown) => {
    throw new Error("It may have been moved, or its owner keeps it private.", { cause });
  });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error("It is no text in UTF-8.", { cause });
  }
}

/** The same; of one that was not read the person is told why, and `null` is returned. */
export async function readOrSay(file: File): Promise<string | null> {
  try {
    return await readFile(file);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    toast({ tone: "err", title: `${file.name} was not read`, detail });
    return null;
  }
}
