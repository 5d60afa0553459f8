import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { connection } from "@/api/index.ts";
import { ToastRegion, useStore } from "@/ui/index.ts";
import { ChordHint } from "./ChordHint.tsx";
import { useWindowCommands } from "./commands.ts";
import { ConnectionBanner } from "./ConnectionBanner.tsx";
import { FaultsBanner } from "./FaultsBanner.tsx";
import { GatewayBanner } from "./GatewayBanner.tsx";
import { useGatewayCommands } from "./gatewayControl.ts";
import { Header } from "./Header.tsx";
import { startKeyboard } from "./keyboard.ts";
import { Nav } from "./Nav.tsx";
import { Palette } from "./Palette.tsx";
import { ShortcutSheet } from "./ShortcutSheet.tsx";
import { SignedOut } from "./SignedOut.tsx";
import { shellCommands } from "./shellCommands.ts";
import { useStatus } from "./status.ts";
import { StatusBar } from "./StatusBar.tsx";

/** The window around every place. */
export function Shell() {
  const navigate = useNavigate();
  const client = useQueryClient();
  useWindowCommands(useMemo(() => shellCommands(navigate, client), [navigate, client]));
  useWindowCommands(useGatewayCommands(useStatus()));
  useEffect(() => startKeyboard(), []);
  const signedOut = useStore(connection).state === "signed-out";
  return (
    <div className="flex h-full flex-col">
      <Header />
      <ConnectionBanner />
      <GatewayBanner />
      <FaultsBanner />
      <div className="flex min-h-0 flex-1">
        <Nav />
        <main
          data-region="view"
          tabIndex={-1}
          className="min-h-0 min-w-0 flex-1 overflow-hidden bg-surface outline-none"
        >
          {signedOut ? <SignedOut onSignedIn={() => window.location.reload()} /> : <Outlet />}
        </main>
      </div>
      <StatusBar />
      <ToastRegion />
      <ChordHint />
      <Palette />
      <ShortcutSheet />
    </div>
  );
}
