import { inDesktop, openInBrowser } from "@/api/index.ts";
import { copyText, toast } from "@/ui/index.ts";

/** Whether this window can be opened in a browser: it is not in one. */
export const opensInBrowser = inDesktop;

/** Opens this window in the system's browser, and says where it is. */
export async function openWindowInBrowser(): Promise<void> {
  try {
    const { address, link } = await openInBrowser();
    if (link === null) {
      toast({ tone: "ok", title: "Opened in your browser", detail: address });
      return;
    }
    toast({
      tone: "warn",
      title: "No browser could be started",
      detail: `Copy the link into one. It works once: ${link}`,
      action: { label: "Copy link", run: () => void copyText(link) },
    });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    toast({ tone: "err", title: "The window could not be opened in a browser", detail });
  }
}
