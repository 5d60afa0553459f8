import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type FormEvent, type ReactNode, useRef } from "react";
import { Button } from "./Button.tsx";

const BACKDROP =
  "fixed inset-0 z-40 bg-[rgb(10_13_17/40%)] transition-opacity duration-[120ms] data-ending-style:opacity-0 data-starting-style:opacity-0";
const POPUP =
  "float fixed outline-none top-[12vh] left-1/2 z-40 flex max-h-[76vh] max-w-[calc(100vw-32px)] -translate-x-1/2 flex-col transition-opacity duration-[120ms] data-ending-style:opacity-0 data-starting-style:opacity-0";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  /** Pixels; 480 unless said. */
  width?: number;
  /** Buttons, the main one last. */
  footer?: ReactNode;
  /** Makes the dialog a form: Enter in a field submits, and the footer's button is `type="submit"`. */
  onSubmit?: () => void;
  children: ReactNode;
}

/** A modal dialog. Escape and a press outside close it; focus returns to where it came from. */
export function Dialog({
  open,
  onClose,
  title,
  description,
  width = 480,
  footer,
  onSubmit,
  children,
}: DialogProps) {
  const body = (
    <>
      <header className="flex items-start gap-2 px-4 pt-3 pb-2">
        <div className="min-w-0 flex-1">
          <Base.Title className="text-title">{title}</Base.Title>
          {description && (
            <Base.Description className="text-body text-ink-2">{description}</Base.Description>
          )}
        </div>
        {/* No tooltip here: Escape would close that first, and the dialog only then. */}
        <Base.Close
          aria-label="Close"
          className="inline-flex size-6 items-center justify-center rounded-control text-ink-2 hover:bg-hover hover:text-ink"
        >
          <X size={16} aria-hidden="true" />
        </Base.Close>
      </header>
      <div className="min-h-0 flex-1 overflow-auto px-4 py-2">{children}</div>
      {footer && (
        <footer className="flex justify-end gap-2 border-t border-line-subtle px-4 py-3">
          {footer}
        </footer>
      )}
    </>
  );
  const popup = useRef<HTMLDivElement>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit?.();
  };
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={BACKDROP} />
        <Base.Popup
          ref={popup}
          initialFocus={() => firstFocus(popup.current)}
          className={POPUP}
          style={{ width }}
        >
          {onSubmit ? (
            <form noValidate onSubmit={submit} className="flex min-h-0 flex-1 flex-col">
              {body}
            </form>
          ) : (
            body
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** A field or what asks for it; else the dialog itself, so that its title is read. */
function firstFocus(popup: HTMLElement | null): HTMLElement | null {
  const wanted = popup?.querySelector<HTMLElement>("[data-focus-first]");
  const field = popup?.querySelector<HTMLElement>("input:not([role=switch]), textarea, select");
  return wanted ?? field ?? popup;
}

interface ConfirmDialogProps {
  open: boolean;
  /** The question, with the name of the thing: "Revoke the key acme-ci?" */
  title: string;
  /** What will happen, with counts. */
  children: ReactNode;
  /** The verb: "Revoke key". */
  confirm: string;
  /** Whether what it does cannot be undone. */
  danger?: boolean;
  busy?: boolean;
  onConfirm: () => void;
  onCancel: () => void;
}

/** Asks before the few things that cannot be undone. Focus starts on Cancel. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <AlertDialog.Root open={props.open} onOpenChange={(next) => !next && props.onCancel()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={BACKDROP} />
        <AlertDialog.Popup className={POPUP} style={{ width: 420 }}>
          <div className="flex flex-col gap-1 px-4 pt-4 pb-2">
            <AlertDialog.Title className="text-title">{props.title}</AlertDialog.Title>
            <AlertDialog.Description render={<div />} className="text-body text-ink-2">
              {props.children}
            </AlertDialog.Description>
          </div>
          <footer className="flex justify-end gap-2 px-4 py-3">
            <AlertDialog.Close render={<Button>Cancel</Button>} />
            <Button
              variant={props.danger ? "danger" : "primary"}
              busy={props.busy ?? false}
              onClick={props.onConfirm}
            >
              {props.confirm}
            </Button>
          </footer>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
