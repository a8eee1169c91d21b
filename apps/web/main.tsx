/** The page begins here. At `/review` and `/clinician` it is another one, whose code is loaded only there. */
import "./without-eval.ts";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { applyTheme, storedTheme } from "./theme.ts";

applyTheme(storedTheme());
const root = createRoot(document.getElementById("page")!);
switch (location.pathname) {
  case "/review":
    void import("./review/review.tsx").then(({ Review }) => root.render(<Review />));
    break;
  case "/clinician":
    void import("./clinician/clinician.tsx").then(({ Clinician }) => root.render(<Clinician />));
    break;
  default:
    root.render(<App />);
}
