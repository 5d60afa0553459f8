import "@/index.css";
import { createRoot } from "react-dom/client";
import { Gallery } from "./Gallery.tsx";

/** `npm run dev`, then /test/gallery.html: every shared component on one page. Not in the build. */
const root = document.getElementById("root");
if (root) createRoot(root).render(<Gallery />);
