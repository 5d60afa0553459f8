import { Braces, Undo2, WrapText } from "lucide-react";
import { useState } from "react";
import type { components } from "@/api/index.ts";
import {
  Banner,
  Button,
  format,
  IconButton,
  SegmentedControl,
  Skeleton,
  useDebounced,
} from "@/ui/index.ts";
import { imageType } from "../../bodyKind.ts";
import { bytesOf, MOST_LINE } from "../../bodyText.ts";
import { ImageView } from "../../ImageView.tsx";
import { FindInBody } from "./FindInBody.tsx";
import { LargeLines } from "./LargeLines.tsx";
import {
  type BodyOf,
  type BodyView,
  useBodyIndex,
  useBodySearch,
  useWholeBody,
} from "./queries.ts";

type CapturedBody = components["schemas"]["CapturedBody"];

interface LargeBodyProps {
  label: string;
  of: BodyOf;
  /** Its beginning. */
  body: CapturedBody;
}

/** A body that is too large to be shown whole: in pages, formatted and searched by the gateway. */
export function LargeBody({ label, of, body }: LargeBodyProps) {
  const image = body.base64 == null || body.truncated ? null : imageType(bytesOf(body.base64));
  const [shown, setShown] = useState<"image" | "hex">("image");
  if (image === null) return <Paged label={label} of={of} body={body} />;
  return (
    <>
      <SegmentedControl
        label="Show the body"
        value={shown}
        onChange={setShown}
        options={[
          { value: "image", label: "Image" },
          { value: "hex", label: "Hex" },
        ]}
      />
      {shown === "image" ? (
        <WholeImage label={label} of={of} type={image} />
      ) : (
        <Paged label={label} of={of} body={body} />
      )}
    </>
  );
}

function WholeImage({ label, of, type }: { label: string; of: BodyOf; type: string }) {
  const { data, error } = useWholeBody(of);
  if (error) return <Banner tone="err">{error.message}</Banner>;
  if (data === undefined) return <Skeleton />;
  return <ImageView label={label} content={new Uint8Array(bytesOf(data)).buffer} type={type} />;
}

function Paged({ label, of, body }: LargeBodyProps) {
  const size = format.bytes(body.kept_bytes ?? 0);
  const sent = useBodyIndex(of, "sent");
  const canFormat = !body.truncated && /^\uFEFF?\s*[[{<]/.test(body.text ?? "");
  // In one line nobody reads it.
  const isMinified = canFormat && (sent.data?.longest_line ?? 0) >= MOST_LINE;
  const [chosen, choose] = useState<BodyView | null>(null);
  const wanted: BodyView = chosen ?? (isMinified ? "formatted" : "sent");
  const formatted = useBodyIndex(of, wanted);
  const view: BodyView = formatted.isError ? "sent" : wanted;
  const index = view === "sent" ? sent.data : formatted.data;

  const [text, setText] = useState("");
  const q = useDebounced(text, 250);
  const [nth, setNth] = useState(0);
  const search = useBodySearch(of, view, q, nth);
  const found = q === "" ? undefined : search.data;
  const count = found?.count ?? 0;
  const [wrap, setWrap] = useState(false);

  const look = (next: BodyView) => {
    choose(next);
    setNth(0);
  };
  if (sent.error) return <Banner tone="err">{sent.error.message}</Banner>;
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <FindInBody
          text={text}
          onText={(next) => {
            setText(next);
            setNth(0);
          }}
          found={found}
          isLooking={q !== "" && search.isFetching}
          error={q === "" ? null : (search.error?.message ?? null)}
          onStep={(step) => count > 0 && setNth((nth + step + count) % count)}
        />
        <span className="flex-1" />
        {canFormat && wanted === "sent" && (
          <Button
            size="sm"
            icon={<Braces size={14} aria-hidden="true" />}
            onClick={() => look("formatted")}
          >
            {`Format (${size})`}
          </Button>
        )}
        {wanted === "formatted" && (
          <Button
            size="sm"
            busy={formatted.isPending}
            icon={<Undo2 size={14} aria-hidden="true" />}
            onClick={() => look("sent")}
          >
            {formatted.isPending ? `Formatting ${size}` : "As it was sent"}
          </Button>
        )}
        {index?.is_text === true && (
          <IconButton
            size="sm"
            label="Wrap lines"
            pressed={wrap}
            icon={<WrapText size={14} aria-hidden="true" />}
            onClick={() => setWrap(!wrap)}
          />
        )}
      </div>
      {formatted.error && wanted === "formatted" && (
        <p role="status" className="text-warn">
          {formatted.error.message}
        </p>
      )}
      {index === undefined ? (
        <Skeleton />
      ) : (
        <LargeLines
          // Each view has lines of its own.
          key={view}
          label={label}
          of={of}
          index={index}
          wrap={wrap}
          hit={found?.hit ?? null}
        />
      )}
    </>
  );
}
