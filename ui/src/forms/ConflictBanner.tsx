import type { ReactNode } from "react";
import { Banner, Button } from "@/ui/index.ts";

interface ConflictBannerProps {
  /** What was changed elsewhere: "route". */
  what: string;
  onSettle: (whose: "mine" | "theirs") => void;
  /** What it reads now, where that can be said. */
  children?: ReactNode;
}

/** Says that somebody else changed what is being edited, and asks whose changes stay. */
export function ConflictBanner({ what, onSettle, children }: ConflictBannerProps) {
  return (
    <Banner
      tone="warn"
      actions={
        <>
          <Button size="sm" onClick={() => onSettle("mine")}>
            Keep mine
          </Button>
          <Button size="sm" onClick={() => onSettle("theirs")}>
            Use theirs
          </Button>
        </>
      }
    >
      This {what} was changed elsewhere while you were typing.{children}
    </Banner>
  );
}
