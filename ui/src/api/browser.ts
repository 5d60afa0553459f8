import { invoke } from "@tauri-apps/api/core";

/** Where the desktop app's window is in a browser. */
export interface OpenedBrowser {
  /** "http://127.0.0.1:41237" */
  address: string;
  /** The link that lets a browser in, once, where none could be started; else `null`. */
  link: string | null;
}

/** Opens the window in the system's browser. Only in the desktop app. */
export function openInBrowser(): Promise<OpenedBrowser> {
  return invoke<OpenedBrowser>("open_browser");
}
