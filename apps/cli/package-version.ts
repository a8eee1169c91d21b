/** The package's own version. */
import { readFileSync } from "node:fs";

/** The version in package.json, found from the sources and from `dist/` alike. */
export function packageVersion(): string {
  for (const path of ["../../package.json", "../../../package.json"]) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
      if (name === "anamnesis") return version;
    } catch {
      // Not here: one folder further up.
    }
  }
  return "unknown";
}
