import { Link } from "@tanstack/react-router";
import { EmptyState } from "@/ui/index.ts";

/** An address that is no place. */
export function NotFound() {
  return (
    <EmptyState title="There is nothing at this address">
      It may come from another version. <Link to="/traffic">Go to Traffic</Link>
    </EmptyState>
  );
}
