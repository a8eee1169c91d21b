/** The page begins here. */
import "./without-eval.ts";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { applyTheme, storedTheme } from "./theme.ts";

applyTheme(storedTheme());
createRoot(document.getElementById("page")!).render(<App />);
