import { useState } from "react";
import { preferences, setPreferences } from "@/app/preferences.ts";
import { askToNotify, canNotify, Switch, useStore } from "@/ui/index.ts";
import { SettingsSection } from "./SettingsSection.tsx";

/** Whether the system tells what is urgent; kept in this browser, at once. */
export function NotificationSettings() {
  const { systemNotices } = useStore(preferences);
  const [isRefused, setRefused] = useState(false);
  // Only now is the system asked: nobody wants to be asked who has not asked.
  const change = async (on: boolean) => {
    const may = on && (await askToNotify());
    setRefused(on && !may);
    setPreferences({ systemNotices: may });
  };
  return (
    <SettingsSection title="Notifications">
      <Switch
        label="Notify me by the system"
        help="While this window is hidden or behind others: when a service goes down, a key has used up its quota, or requests are not written to the log. The bell in the status bar tells all of it, and more."
        checked={systemNotices}
        onChange={(on) => void change(on)}
        disabledReason={canNotify() ? undefined : "This browser has no notifications."}
      />
      {isRefused && (
        <p role="status" className="text-warn">
          Notifications are not allowed for this page. Allow them in the settings that the browser
          or the system has for it, then switch this on again.
        </p>
      )}
    </SettingsSection>
  );
}
