import { Bell } from "lucide-react";
import { lazy, Suspense, useRef, useState } from "react";
import { cx, format, useStore } from "@/ui/index.ts";
import { STATUS_BUTTON } from "./GatewayMenu.tsx";
import { markSeen, noticed, useNotices } from "./useNotices.ts";

// Read when it is wanted.
const NotificationList = lazy(async () => ({
  default: (await import("./NotificationList.tsx")).NotificationList,
}));

/** How many things happened that nobody has looked at yet, and behind it what they are. */
export function NotificationBell() {
  useNotices();
  const all = useStore(noticed);
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState<boolean | null>(null);
  const unseen = all.filter(({ seen }) => !seen);
  const [newest] = unseen;
  const close = () => {
    setOpen(false);
    markSeen();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        aria-haspopup="dialog"
        aria-expanded={open ?? false}
        aria-label={
          unseen.length === 0
            ? "Notifications"
            : `Notifications, ${format.plural(unseen.length, "new one", "new ones")}`
        }
        onClick={() => (open ? close() : setOpen(true))}
        className={cx(STATUS_BUTTON, "gap-1 tabular-nums", unseen.length > 0 && "text-ink")}
      >
        <Bell size={14} aria-hidden="true" />
        {unseen.length > 0 && unseen.length}
      </button>
      {open !== null && (
        <Suspense>
          <NotificationList anchor={button} open={open} onClose={close} />
        </Suspense>
      )}
      <span role="status" aria-label="Newest notification" className="sr-only">
        {newest && `${newest.title}. ${newest.detail ?? ""}`}
      </span>
    </>
  );
}
