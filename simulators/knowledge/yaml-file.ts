/** One YAML file as plain data that still knows on which line each of its fields stands. */
import { readFile, stat } from "node:fs/promises";
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { CaseError } from "../errors.ts";
import { unreadableReason } from "../sources/decoding.ts";
import type { FaultPath, KnowledgeFault } from "./faults.ts";

/** No authored file is larger, in bytes. */
const LARGEST_FILE = 4_000_000;

export interface YamlFile {
  readonly file: string;
  /** Undefined where the file cannot be parsed. */
  readonly value: unknown;
  /** Faults of the form, with their places: bad syntax, a key given twice. */
  readonly faults: readonly KnowledgeFault[];
  /** The line of what `path` leads to, or of the nearest thing around it. */
  lineOf(path: FaultPath): number;
}

/** Reads a UTF-8 YAML file of one document. Throws `CaseError` where it cannot be read at all. */
export async function readYaml(file: string): Promise<YamlFile> {
  const text = await readText(file);
  const lines = new LineCounter();
  const faults: KnowledgeFault[] = [];
  const fault = (code: string, message: string, line: number): void =>
    void faults.push({ severity: "error", code, path: [], message, place: { file, line } });
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
      const twice = code === "DUPLICATE_KEY";
      fault(twice ? "duplicate-id" : "yaml", twice ? "this key is given twice" : message, lines.linePos(pos[0]).line);
    }
    const legible = document.errors.every(({ code }) => code === "DUPLICATE_KEY");
    const value: unknown = legible ? document.toJS({ maxAliasCount: 100 }) : undefined;
    return { file, value, faults, lineOf: (path) => lines.linePos(offsetOf(document, path)).line || 1 };
  } catch (cause) {
    // The parser throws on aliases without an anchor and on nesting that exhausts the stack.
    fault("yaml", `cannot be parsed: ${(cause as Error).message}`, 1);
    return { file, value: undefined, faults, lineOf: () => 1 };
  }
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > LARGEST_FILE) {
      const message = `has ${size} bytes, more than the ${LARGEST_FILE} of an authored file; split it`;
      throw new CaseError("too-large", message, { place: { file } });
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    if (cause instanceof CaseError) throw cause;
    throw new CaseError("unreadable", unreadableReason(cause), { place: { file }, cause });
  }
}

/** Where in the text the deepest thing on `path` begins. */
function offsetOf(document: Document, path: FaultPath): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const key of path) {
    const container: Node | undefined = isAlias(node) ? node.resolve(document) : isNode(node) ? node : undefined;
    if (isMap(container)) {
      const pair = container.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (!pair) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(container) && typeof key === "number") {
      node = container.items[key];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
}

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);
