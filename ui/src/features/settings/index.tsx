import { Banner, Skeleton } from "@/ui/index.ts";
import { AboutSettings } from "./AboutSettings.tsx";
import { ApiKeySettings } from "./ApiKeySettings.tsx";
import { AppearanceSettings } from "./AppearanceSettings.tsx";
import { CacheSettings } from "./CacheSettings.tsx";
import { GatewaySettings } from "./GatewaySettings.tsx";
import { LimitSettings } from "./LimitSettings.tsx";
import { LogSettings } from "./LogSettings.tsx";
import { NotificationSettings } from "./NotificationSettings.tsx";
import { useConfig } from "./queries.ts";
import { RecordingSettings } from "./RecordingSettings.tsx";

/** The Settings place. */
export function SettingsPlace() {
  const { data: inForce, error } = useConfig();
  return (
    // What is hidden from the eye only scrolls with the rest: it lies in this box, not in the page.
    <div className="relative h-full overflow-y-auto">
      <div className="max-w-[760px]">
        <h1 className="px-6 pt-3 text-title">Settings</h1>
        {inForce ? (
          <>
            <GatewaySettings inForce={inForce} />
            <RecordingSettings inForce={inForce} />
            <ApiKeySettings inForce={inForce} />
            <LimitSettings inForce={inForce} />
            <CacheSettings inForce={inForce} />
          </>
        ) : error ? (
          <Banner tone="err">{error.message}</Banner>
        ) : (
          <Skeleton />
        )}
        <LogSettings />
        <AppearanceSettings />
        <NotificationSettings />
        <AboutSettings />
      </div>
    </div>
  );
}
