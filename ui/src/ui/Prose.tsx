import { cutAtBackticks } from "./prose.ts";

/** A sentence of the gateway's, with names and values between backticks in the code typeface. */
export function Prose({ text }: { text: string }) {
  return cutAtBackticks(text).map((piece, at) =>
    piece.code ? (
      // oxlint-disable-next-line react/no-array-index-key -- a piece has no identity but its place
      <code key={at} className="font-mono text-code break-words">
        {piece.text}
      </code>
    ) : (
      piece.text
    ),
  );
}
