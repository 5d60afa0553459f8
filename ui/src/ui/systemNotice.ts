/**
 * Notifications of the system, in a browser and in the desktop app, which stands in for the browser's
 * own `Notification`.
 */

/** Whether the system can be asked at all. */
export const canNotify = (): boolean => "Notification" in globalThis;

/** Asks for leave, where it is not known; resolves to whether it is given. Only after a click. */
export async function askToNotify(): Promise<boolean> {
  if (!canNotify()) return false;
  if (Notification.permission === "granted") return true;
  return (await Notification.requestPermission()) === "granted";
}

/** Whether nobody sees the window: it is hidden, or behind others. */
export const isOutOfSight = (): boolean => document.hidden || !document.hasFocus();

/** Tells something by the system. One about the same takes the place of the one before. */
export function notifySystem(title: string, body: string, about: string): void {
  if (!canNotify() || Notification.permission !== "granted") return;
  try {
    const notice = new Notification(title, { body, tag: about });
    notice.addEventListener?.("click", () => window.focus());
  } catch {
    // Some browsers let only service workers notify: what happened is behind the bell all the same.
  }
}
