import { Popover } from "@base-ui/react/popover";
import { Link } from "@tanstack/react-router";
import type { RefObject } from "react";
import {
  Button,
  cx,
  format,
  Shape,
  type ShapeName,
  type Tone,
  TONE_INK,
  useStore,
} from "@/ui/index.ts";
import { markSeen, noticed, type Noticed } from "./useNotices.ts";

const SHAPES: Record<Tone, ShapeName> = {
  ok: "ok",
  info: "info",
  warn: "warn",
  limit: "limit",
  err: "err",
  neutral: "info",
};

const GROUPS: readonly Noticed["group"][] = [
  "Gateway",
  "Services",
  "Keys",
  "Certificates",
  "Exports",
];

interface NotificationListProps {
  /** What it stands above. */
  anchor: RefObject<HTMLElement | null>;
  open: boolean;
  onClose: () => void;
}

/** What happened while one was elsewhere, grouped; each leads to what shows it. */
export function NotificationList({ anchor, open, onClose }: NotificationListProps) {
  const all = useStore(noticed);
  return (
    <Popover.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Popover.Portal>
        <Popover.Positioner
          anchor={anchor}
          side="top"
          align="end"
          sideOffset={4}
          className="z-50 outline-none"
        >
          <Popover.Popup
            aria-label="Notifications"
            className="float flex max-h-[min(420px,70vh)] w-[min(380px,calc(100vw-24px))] flex-col outline-none"
          >
            <header className="flex h-9 shrink-0 items-center gap-2 border-b border-line-subtle px-3">
              <Popover.Title className="flex-1 text-strong">Notifications</Popover.Title>
              {all.length > 0 && (
                <Button size="sm" variant="ghost" onClick={() => noticed.set([])}>
                  Clear
                </Button>
              )}
            </header>
            <div className="min-h-0 overflow-y-auto p-1">
              {all.length === 0 ? (
                <p className="px-3 py-4 text-ink-2">
                  Nothing happened since this window was opened. Services that go down and come
                  back, quotas at 80 % and used up, programs that crash, certificates that end, and
                  proofs that end are told here.
                </p>
              ) : (
                GROUPS.map((group) => (
                  <Group
                    key={group}
                    name={group}
                    notices={all.filter((notice) => notice.group === group)}
                    onFollow={onClose}
                  />
                ))
              )}
            </div>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

interface GroupProps {
  name: string;
  notices: readonly Noticed[];
  onFollow: () => void;
}

function Group({ name, notices, onFollow }: GroupProps) {
  if (notices.length === 0) return null;
  return (
    <section aria-label={name}>
      <h3 className="px-2 pt-1.5 pb-0.5 text-small font-medium text-ink-3">{name}</h3>
      <ul>
        {notices.map((notice) => (
          <li key={notice.about}>
            <Link
              {...notice.link}
              onClick={() => {
                markSeen();
                onFollow();
              }}
              className="flex gap-2 rounded-tag px-2 py-1.5 text-body text-ink no-underline hover:bg-hover"
            >
              <span className={cx("mt-1", TONE_INK[notice.tone])}>
                <Shape name={SHAPES[notice.tone]} />
              </span>
              <span className="min-w-0 flex-1">
                <span className={cx("block break-words", !notice.seen && "font-medium")}>
                  {notice.title}
                  {notice.times > 1 && <span className="text-ink-3"> ×{notice.times}</span>}
                </span>
                {notice.detail !== undefined && (
                  <span className="block text-small break-words text-ink-2">{notice.detail}</span>
                )}
              </span>
              <span className="text-small whitespace-nowrap text-ink-3 tabular-nums">
                {format.time(notice.at)}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
