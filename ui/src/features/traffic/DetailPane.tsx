import { Maximize2, Minimize2, Pin, PinOff, Trash2, X } from "lucide-react";
import { lazy, Suspense, useEffect, useRef } from "react";
import { type Exchange, isRunning } from "@/live/exchange.ts";
import { Banner, EmptyState, IconButton, Skeleton, Tabs } from "@/ui/index.ts";
import { CurlTab } from "./CurlTab.tsx";
import { RequestTab, ResponseTab } from "./Messages.tsx";
import { hasMessages, MessagesTab } from "./MessagesTab.tsx";
import { Overview } from "./Overview.tsx";
import { isNotFound, useExchange } from "./queries.ts";
import type { ReplayWish } from "./ReplayTab.tsx";
import { DETAIL_TABS, type DetailTab } from "./search.ts";
import { WhatIf } from "./whatif/WhatIf.tsx";

// Read when they are wanted: most requests are only looked at.
const DiffTab = lazy(async () => ({ default: (await import("./DiffTab.tsx")).DiffTab }));
const PolicyTab = lazy(async () => ({ default: (await import("./PolicyTab.tsx")).PolicyTab }));
const ReplayTab = lazy(async () => ({ default: (await import("./ReplayTab.tsx")).ReplayTab }));

interface DetailPaneProps {
  id: string;
  tab: DetailTab;
  onTab: (tab: DetailTab) => void;
  onClose: () => void;
  /** It has all the room there is; switched by what is given. */
  full: boolean;
  onFull: (full: boolean) => void;
  onPin: (exchange: Exchange) => void;
  onRemove: (exchange: Exchange) => void;
  /** What the tabs that compare and send again are told. */
  again: Again;
}

/** How a request is compared and sent again. */
export interface Again {
  /** The id of the request that this one is compared with; empty for none. */
  other: string;
  /** The id of the request that was marked; `null` for none. */
  marked: string | null;
  wish: ReplayWish | null;
  onWished: () => void;
  onOther: (id: string) => void;
  onOpen: (id: string) => void;
}

const LABELS: Record<DetailTab, string> = {
  overview: "Overview",
  request: "Request",
  response: "Response",
  messages: "Messages",
  policy: "Policy",
  curl: "cURL",
  "what-if": "What if?",
  diff: "Diff",
  replay: "Replay",
};

/** Everything about the selected request. */
export function DetailPane(props: DetailPaneProps) {
  const { id, tab, onTab, onClose, full, onFull, again } = props;
  const { data } = useExchange(id);
  const summary = data?.summary;
  const section = useRef<HTMLElement>(null);
  // Where the rows cannot be reached, the keys go here: Enter leads back.
  useEffect(() => {
    if (full) section.current?.focus();
  }, [full]);
  const isOffered = (item: DetailTab) =>
    item !== "messages" || item === tab || hasMessages(summary);
  const items = DETAIL_TABS.filter(isOffered).map((item) => ({
    id: item,
    label: LABELS[item],
    count: item === "messages" && hasMessages(summary) ? summary?.messages : undefined,
  }));
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      ref={section}
      aria-label="Request detail"
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.target !== section.current) return;
        event.preventDefault();
        onFull(!full);
      }}
      className="h-full bg-surface focus-visible:-outline-offset-2"
    >
      <Tabs
        label="Request detail"
        wrap
        items={items}
        value={tab}
        onChange={onTab}
        actions={
          <>
            {summary?.id === id && !isRunning(summary) && (
              <Keeping exchange={summary} onPin={props.onPin} onRemove={props.onRemove} />
            )}
            <IconButton
              size="sm"
              label={full ? "Show the log again" : "Give the detail all the room"}
              keys="Enter"
              icon={full ? <Minimize2 size={14} /> : <Maximize2 size={14} />}
              onClick={() => onFull(!full)}
            />
            <IconButton
              size="sm"
              label="Close detail"
              keys="Escape"
              tooltipSide="left"
              icon={<X size={16} aria-hidden="true" />}
              onClick={onClose}
            />
          </>
        }
      >
        <Suspense fallback={<Skeleton />}>
          <Content id={id} tab={tab} onTab={onTab} again={again} />
        </Suspense>
      </Tabs>
    </section>
  );
}

interface KeepingProps extends Pick<DetailPaneProps, "onPin" | "onRemove"> {
  exchange: Exchange;
}

/** Keeps the request whatever goes, or removes it. */
function Keeping({ exchange, onPin, onRemove }: KeepingProps) {
  const pinned = exchange.pinned === true;
  return (
    <>
      <IconButton
        size="sm"
        label={pinned ? "Unpin the request" : "Pin the request"}
        keys="P"
        pressed={pinned}
        icon={pinned ? <PinOff size={14} /> : <Pin size={14} />}
        onClick={() => onPin(exchange)}
      />
      <IconButton
        size="sm"
        label="Remove the request"
        keys="Delete"
        disabledReason={pinned ? "It is pinned. Unpin it to remove it." : undefined}
        icon={<Trash2 size={14} />}
        onClick={() => onRemove(exchange)}
      />
    </>
  );
}

function Content({
  id,
  tab,
  onTab,
  again,
}: Pick<DetailPaneProps, "id" | "tab" | "onTab" | "again">) {
  const { data, error, failureCount } = useExchange(id);
  if (isNotFound(error)) {
    return (
      <EmptyState title="This request is not in the log">
        It may still be running, then its detail appears here when it ends. Or it was removed to
        keep the log within its bounds.
      </EmptyState>
    );
  }
  if (error) return <Banner tone="err">{error.message}</Banner>;
  // The one before stays until this one is there, unless it takes so long that it would mislead.
  if (!data || (data.summary.id !== id && failureCount > 1)) return <Skeleton />;
  switch (tab) {
    case "overview":
      return <Overview detail={data} onWhatIf={() => onTab("what-if")} onOpen={again.onOpen} />;
    case "request":
      return <RequestTab detail={data} />;
    case "response":
      return <ResponseTab detail={data} />;
    case "messages":
      if (hasMessages(data.summary)) {
        return <MessagesTab key={data.summary.id} exchange={data.summary} />;
      }
      return (
        <EmptyState title="This request has no messages">
          They pass on WebSockets and event streams.
        </EmptyState>
      );
    case "policy":
      return <PolicyTab key={data.summary.id} detail={data} onWhatIf={() => onTab("what-if")} />;
    case "curl":
      return <CurlTab exchange={data.summary} />;
    case "what-if":
      return <WhatIf key={data.summary.id} of={data} />;
    case "diff":
      return (
        <DiffTab
          key={data.summary.id}
          exchange={data.summary}
          other={again.other}
          marked={again.marked}
          onOther={again.onOther}
        />
      );
    case "replay":
      return (
        <ReplayTab
          id={data.summary.id}
          wish={again.wish}
          onWished={again.onWished}
          onOpen={again.onOpen}
        />
      );
  }
}

/** A request made by hand, and what would become of it. */
export function AskPane({ request, onClose }: { request: string; onClose: () => void }) {
  return (
    <section aria-label="What if" className="flex h-full flex-col bg-surface">
      <header className="flex h-9 shrink-0 items-center gap-2 border-b border-line-subtle px-3">
        <h2 className="min-w-0 flex-1 text-strong">What would become of a request</h2>
        <IconButton
          size="sm"
          label="Close"
          keys="Escape"
          tooltipSide="left"
          icon={<X size={16} aria-hidden="true" />}
          onClick={onClose}
        />
      </header>
      <div className="min-h-0 flex-1 overflow-auto">
        <WhatIf key={request} of={request} />
      </div>
    </section>
  );
}
