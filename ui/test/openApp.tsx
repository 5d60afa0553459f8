import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { expect } from "vitest";
import { page } from "vitest/browser";
import { render } from "vitest-browser-react";
import { enter } from "@/api/connection.ts";
import { createQueryClient } from "@/app/queryClient.ts";
import { createAppRouter } from "@/app/router.tsx";

/** The whole window at an address, beside a `fakeGateway()`. */
export async function openApp(path: string) {
  enter("open");
  const client = createQueryClient();
  const router = createAppRouter(createMemoryHistory({ initialEntries: [path] }), client);
  await render(
    <div style={{ height: "100vh" }}>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </div>,
  );
  await expect.element(page.getByRole("navigation", { name: "Places" })).toBeVisible();
  return { client, router };
}
