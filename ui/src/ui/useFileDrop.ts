import { type DragEvent, useState } from "react";

/** An outline round what a file is held over. */
const OUTLINE = "outline-2 -outline-offset-4 outline-focus outline-dashed";

/**
 * Lets a file be dropped on an element: spread `target` on it, and add `outline` to its classes while
 * one is held over it. Of several files the first counts.
 */
export function useFileDrop(onFile: (file: File) => void) {
  const [over, setOver] = useState(false);
  const target = {
    onDragOver: (event: DragEvent) => {
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer.files[0];
      if (file) onFile(file);
    },
  };
  return { target, outline: over && OUTLINE };
}
