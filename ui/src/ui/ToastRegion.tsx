import { X } from "lucide-react";
import { useEffect, useState } from "react";
import { Button, IconButton } from "./Button.tsx";
import { cx } from "./cx.ts";
import { Shape } from "./Shape.tsx";
import { type Tone, TONE_INK } from "./status.ts";
import { dismissToast, type Toast, toasts } from "./toasts.ts";
import { useStore } from "./useStore.ts";

const LASTS_MS = 8000;
const SHAPES = {
  ok: "ok",
  info: "info",
  warn: "warn",
  limit: "limit",
  err: "err",
  neutral: null,
} as const satisfies Record<Tone, string | null>;

/** Where toasts appear. One in the shell; F6 reaches it. */
export function ToastRegion() {
  const present = useStore(toasts);
  return (
    <section
      aria-label="Messages"
      data-region={present.length > 0 ? "messages" : undefined}
      tabIndex={-1}
      className="fixed right-3 bottom-9 z-50 flex w-[min(360px,calc(100vw-24px))] flex-col gap-2 outline-none"
    >
      {present.map((item) => (
        <ToastCard key={item.id} toast={item} />
      ))}
    </section>
  );
}

function ToastCard({ toast }: { toast: Toast }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dismissToast(toast.id), LASTS_MS);
    return () => clearTimeout(timer);
  }, [held, toast.id]);

  const shape = SHAPES[toast.tone];
  const hold = () => setHeld(true);
  const release = () => setHeld(false);
  return (
    // Hovering and focusing stop the clock; they do nothing a keyboard could miss.
    <div
      className="float flex items-center gap-2 py-2 pr-2 pl-3"
      onPointerEnter={hold}
      onPointerLeave={release}
      onFocus={hold}
      onBlur={release}
    >
      {/* Only the words are the status: a button inside would be read with them. */}
      <div role={toast.tone === "err" ? "alert" : "status"} className="min-w-0 flex-1">
        <p className="flex items-center gap-2 text-body font-medium">
          {shape && <Shape name={shape} className={TONE_INK[toast.tone]} />}
          {toast.title}
        </p>
        {toast.detail && (
          <p className={cx("text-small text-ink-2", shape && "pl-4")}>{toast.detail}</p>
        )}
      </div>
      {toast.action && (
        <Button
          size="sm"
          onClick={() => {
            toast.action?.run();
            dismissToast(toast.id);
          }}
        >
          {toast.action.label}
        </Button>
      )}
      <IconButton
        size="sm"
        label="Dismiss"
        icon={<X size={14} />}
        onClick={() => dismissToast(toast.id)}
      />
    </div>
  );
}
