import "./index.css";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { events } from "./api/index.ts";
import { startPreferences } from "./app/preferences.ts";
import { createQueryClient } from "./app/queryClient.ts";
import { createAppRouter } from "./app/router.tsx";

startPreferences();
events.start();
const queryClient = createQueryClient();
const router = createAppRouter(undefined, queryClient);

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
