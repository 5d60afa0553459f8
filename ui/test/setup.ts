import "@/index.css";
import { beforeEach } from "vitest";

beforeEach(() => {
  localStorage.clear();
  document.documentElement.dataset.theme = "light";
  document.documentElement.dataset.density = "default";
});
