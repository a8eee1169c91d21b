/** Consultations as training data: who agreed, without who they were; and deletion that reaches the exports. */
export { type Deletion, deleteRecords } from "./deletion.ts";
export { RecordError } from "./errors.ts";
export { type Exported, type ExportOptions, exportRecords } from "./export.ts";
export { DialogueRecord, EXPORT_KINDS, type ExportKind, LEFT_OUT, type LeftOut } from "./types.ts";
