/** The bar at the top: the name, light or dark, and on a narrow page the door to the summary. */
import { useState, useSyncExternalStore } from "react";
import { applyTheme, onSystemTheme, storedTheme, systemTheme } from "./theme.ts";

interface Properties {
  readonly isPanelOpen?: boolean;
  /** Where there is a summary to open. */
  readonly onPanel?: () => void;
}

export function Header({ isPanelOpen, onPanel }: Properties) {
  return (
    <header className="bar">
      <p className="brand">Anamnesis</p>
      {onPanel && (
        <button
          type="button"
          className="quiet bar__panel"
          aria-expanded={isPanelOpen}
          aria-controls="summary"
          onClick={onPanel}
        >
          Summary
        </button>
      )}
      <ThemeToggle />
    </header>
  );
}

function ThemeToggle() {
  const system = useSyncExternalStore(onSystemTheme, systemTheme);
  const [chosen, setChosen] = useState(storedTheme);
  const theme = chosen ?? system;
  const toggle = (): void => {
    const next = theme === "dark" ? "light" : "dark";
    applyTheme(next);
    setChosen(next);
  };
  return (
    <button type="button" className="quiet" aria-pressed={theme === "dark"} onClick={toggle}>
      <span className="moon" aria-hidden="true" />
      Dark mode
    </button>
  );
}
