import type { ErrorComponentProps } from "@tanstack/react-router";
import { Button, EmptyState } from "@/ui/index.ts";

/** A place that failed to load or to draw. The rest of the window goes on working. */
export function PlaceError({ error, reset }: ErrorComponentProps) {
  return (
    <EmptyState
      title="This view failed"
      actions={
        <>
          <Button onClick={reset}>Try again</Button>
          <Button onClick={() => window.location.reload()}>Reload the window</Button>
        </>
      }
    >
      {error instanceof Error ? error.message : String(error)}
    </EmptyState>
  );
}
