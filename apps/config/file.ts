/** Settings from a YAML file, each with its line. What stands under an empty key counts as not given. */
import { readFile } from "node:fs/promises";
import { isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import { CommandError } from "../errors.ts";

export interface SettingsFile {
  readonly file: string;
  /** As it stands there, without what is empty. */
  readonly value: Readonly<Record<string, unknown>>;
  /** The line of what `path` leads to, or of the nearest thing around it. */
  lineOf(path: readonly PropertyKey[]): number;
}

/** Throws `bad-settings` where it is no YAML of one mapping, `no-settings-file` where it cannot be read. */
export async function readSettingsFile(file: string): Promise<SettingsFile> {
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const message = `cannot be read (${cause.code}); give the path of a YAML file`;
    throw new CommandError("no-settings-file", message, { place: { file }, cause });
  });
  const lines = new LineCounter();
  // Without the excerpts that make the messages pretty: they would show secrets.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const message = error.code === "DUPLICATE_KEY" ? "this key is given twice" : `is no YAML (${error.code})`;
    throw new CommandError("bad-settings", message, { place: { file, line: lines.linePos(error.pos[0]).line } });
  }
  const value = withoutEmpty(valueIn(document.toJS.bind(document), file) ?? {});
  if (!isRecord(value))
    throw new CommandError("bad-settings", "expected settings, one `name: value` a line", { place: { file, line: 1 } });
  const lineOf = (path: readonly PropertyKey[]): number => {
    let node: unknown = document.contents;
    let offset = isNode(node) ? node.range?.[0] : undefined;
    for (const key of path) {
      if (!isMap(node)) break;
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (!pair) break;
      offset = isNode(pair.key) ? pair.key.range?.[0] : offset;
      node = pair.value;
    }
    return lines.linePos(offset ?? 0).line || 1;
  };
  return { file, value, lineOf };
}

/** The parser throws on aliases that lead nowhere or too far. */
function valueIn(read: (options: { maxAliasCount: number }) => unknown, file: string): unknown {
  try {
    return read({ maxAliasCount: 100 });
  } catch (cause) {
    throw new CommandError("bad-settings", "has an alias that leads nowhere, or too many", { place: { file }, cause });
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withoutEmpty(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutEmpty(each)]));
}
