/** The door of the settings: the schema, how they are loaded, and what may be shown of them. */
export { loadSettings, type SettingsSources, valueAt } from "./load.ts";
export { REDACTED, shownValue } from "./redact.ts";
export { Settings, type TracingSettings } from "./settings.ts";
export { settingsTable } from "./table.ts";
export { SETTINGS, type Setting } from "./tree.ts";
export type { Given, LoadedSettings, Source } from "./types.ts";
