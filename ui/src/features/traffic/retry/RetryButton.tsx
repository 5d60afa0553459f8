import { KeyRound } from "lucide-react";
import type { Exchange } from "@/live/exchange.ts";
import { Button } from "@/ui/index.ts";
import { RetryWithKey } from "./RetryWithKey.tsx";
import { useRetryWithKey } from "./useRetryWithKey.ts";
import { wantsKey } from "./keyFor.ts";

interface RetryButtonProps {
  exchange: Exchange;
  onOpen: (id: string) => void;
}

/** Beside a request that was refused for want of a key: one press issues one and sends it again. */
export function RetryButton({ exchange, onOpen }: RetryButtonProps) {
  const { retry, start, confirm, close } = useRetryWithKey();
  return (
    <>
      {wantsKey(exchange) && (
        <Button
          size="sm"
          variant="primary"
          busy={retry !== null && retry.lacks === null && !retry.issued && !retry.problem}
          icon={<KeyRound size={12} aria-hidden="true" />}
          onClick={() => start(exchange)}
        >
          Issue key & retry
        </Button>
      )}
      <RetryWithKey retry={retry} onConfirm={confirm} onClose={close} onOpen={onOpen} />
    </>
  );
}
