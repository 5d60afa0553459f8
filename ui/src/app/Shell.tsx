import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate, useRouter, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { connection } from "@/api/index.ts";
import { SplitPane, ToastRegion, useStore } from "@/ui/index.ts";
import { ChordHint } from "./ChordHint.tsx";
import { useWindowCommands } from "./commands.ts";
import { ConnectionBanner } from "./ConnectionBanner.tsx";
import { GatewayBanner } from "./GatewayBanner.tsx";
import { useGatewayCommands } from "./gatewayControl.ts";
import { Header } from "./Header.tsx";
import { startKeyboard } from "./keyboard.ts";
import { Nav } from "./Nav.tsx";
import { Palette } from "./Palette.tsx";
import { preferences, setPreferences } from "./preferences.ts";
import { overlay } from "./shellState.ts";
import { SignedOut } from "./SignedOut.tsx";
import { shellCommands } from "./shellCommands.ts";
import { useStatus } from "./status.ts";
import { StatusBar } from "./StatusBar.tsx";

// Read when they are wanted. The palette is not among them: who opens it goes on typing.
const FaultsBanner = lazy(async () => ({
  default: (await import("./FaultsBanner.tsx")).FaultsBanner,
}));
const ShortcutSheet = lazy(async () => ({
  default: (await import("./ShortcutSheet.tsx")).ShortcutSheet,
}));
const TrafficDock = lazy(async () => ({
  default: (await import("@/features/traffic/dock/TrafficDock.tsx")).TrafficDock,
}));

/** The window around every place. */
export function Shell() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const router = useRouter();
  useWindowCommands(
    useMemo(
      () => shellCommands(navigate, client, () => isTraffic(router.state.location.pathname)),
      [navigate, client, router],
    ),
  );
  const status = useStatus();
  useWindowCommands(useGatewayCommands(status));
  const hasFaults = (status?.faults.length ?? 0) > 0;
  useEffect(() => startKeyboard(), []);
  // Once there, it stays: it gives the focus back when it closes.
  const [sheetOpened, setSheetOpened] = useState(false);
  if (useStore(overlay) === "shortcuts" && !sheetOpened) setSheetOpened(true);
  const place = useRouterState({ select: ({ location }) => location.pathname });
  const docked = useStore(preferences).dockOpen && !isTraffic(place);
  const signedOut = useStore(connection).state === "signed-out";
  return (
    <div className="flex h-full flex-col">
      <Header />
      <ConnectionBanner />
      <GatewayBanner />
      {hasFaults && (
        <Suspense>
          <FaultsBanner />
        </Suspense>
      )}
      <div className="flex min-h-0 flex-1">
        <Nav />
        <div className="min-h-0 min-w-0 flex-1">
          <SplitPane
            id="dock"
            direction="rows"
            label="the log below"
            initial={240}
            min={120}
            minFirst={160}
            first={
              <main
                data-region="view"
                tabIndex={-1}
                className="h-full overflow-hidden bg-surface outline-none"
              >
                {signedOut ? <SignedOut onSignedIn={() => window.location.reload()} /> : <Outlet />}
              </main>
            }
            second={
              docked && !signedOut ? (
                <Suspense>
                  <TrafficDock onClose={() => setPreferences({ dockOpen: false })} />
                </Suspense>
              ) : null
            }
          />
        </div>
      </div>
      <StatusBar />
      <ToastRegion />
      <ChordHint />
      <Palette />
      {sheetOpened && (
        <Suspense>
          <ShortcutSheet />
        </Suspense>
      )}
    </div>
  );
}

function isTraffic(pathname: string): boolean {
  return pathname.startsWith("/traffic") || pathname === "/start";
}
