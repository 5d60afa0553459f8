/** Largest file the gateway reads, in bytes. */
const MOST = 4 * 1024 * 1024;

/**
 * The text of a file a person chose. Throws an error that says what is wrong with one that is too
 * large, no UTF-8, or cannot be read.
 */
export async function readFile(file: File): Promise<string> {
  if (file.size > MOST) throw new Error("A configuration may have at most 4 MiB.");
  const bytes = await file.arrayBuffer().catch((cause: unknown) => {
    throw new Error("It may have been moved, or its owner keeps it private.", { cause });
  });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error("It is no text in UTF-8.", { cause });
  }
}
