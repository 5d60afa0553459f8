/** Before everything of a page that passed: it may load nothing, run nothing, and go nowhere. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'";

/**
 * A page that passed, as it would look without anything it loads. It has an origin of its own, no
 * scripts, no forms and no way out of its frame.
 */
export function HtmlPreview({ label, text }: { label: string; text: string }) {
  const guarded = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="referrer" content="no-referrer">${text}`;
  return (
    <figure className="flex flex-col gap-1">
      <iframe
        title={`${label}, as a page`}
        sandbox=""
        referrerPolicy="no-referrer"
        srcDoc={guarded}
        className="h-96 w-full rounded-control border border-line-subtle bg-white"
      />
      <figcaption className="text-small text-ink-3">
        Without scripts, and without anything that it loads.
      </figcaption>
    </figure>
  );
}
