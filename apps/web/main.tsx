/** The page begins here. At `/review` it is another one, whose code is loaded only there. */
import "./without-eval.ts";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { applyTheme, storedTheme } from "./theme.ts";

applyTheme(storedTheme());
const root = createRoot(document.getElementById("page")!);
if (location.pathname === "/review") void import("./review/review.tsx").then(({ Review }) => root.render(<Review />));
else root.render(<App />);
