import { useCallback, useState } from "react";

interface ImageViewProps {
  label: string;
  content: BlobPart;
  type: string;
}

/**
 * A picture that passed. It is only ever shown in an `<img>`, from memory: what a picture can do
 * there is to be seen, also one of SVG with scripts in it.
 */
export function ImageView({ label, content, type }: ImageViewProps) {
  const [size, setSize] = useState<string | null>(null);
  const show = useCallback(
    (image: HTMLImageElement) => {
      const url = URL.createObjectURL(new Blob([content], { type }));
      image.src = url;
      return () => URL.revokeObjectURL(url);
    },
    [content, type],
  );
  return (
    <figure className="flex flex-col gap-1">
      <img
        ref={show}
        alt={label}
        onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
          setSize(`${naturalWidth} × ${naturalHeight} pixels`)
        }
        onError={() => setSize("It cannot be shown as a picture.")}
        className="max-h-96 max-w-full self-start rounded-control border border-line-subtle bg-sunken object-contain"
      />
      <figcaption className="text-small text-ink-3">{`${type}${size === null ? "" : ` · ${size}`}`}</figcaption>
    </figure>
  );
}
