/** Light or dark: as the system has it, until somebody says otherwise on this page. */
export type Theme = "light" | "dark";

const KEY = "anamnesis.theme";
const DARK = matchMedia("(prefers-color-scheme: dark)");

/** Undefined: as the system has it. */
export function storedTheme(): Theme | undefined {
  const stored = localStorage.getItem(KEY);
  return stored === "light" || stored === "dark" ? stored : undefined;
}

export function systemTheme(): Theme {
  return DARK.matches ? "dark" : "light";
}

/** For `useSyncExternalStore`. */
export function onSystemTheme(listener: () => void): () => void {
  DARK.addEventListener("change", listener);
  return () => DARK.removeEventListener("change", listener);
}

export function applyTheme(theme: Theme | undefined): void {
  if (theme === undefined) return;
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(KEY, theme);
}
