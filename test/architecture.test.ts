/** The house rules that a machine can check: imports run downwards, rooms have one door, the floor is pure, files are small. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";
import { describe, expect, test } from "vitest";

const ROOT = resolve(fileURLToPath(import.meta.url), "../..");

/** Which rooms a room may import. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  src: [],
  simulators: ["src"],
  agents: ["src"],
  environments: ["simulators", "src"],
  "gpu-trainer": ["environments", "agents", "simulators", "src"],
  apps: ["gpu-trainer", "environments", "agents", "simulators", "src"],
};

/** Rooms whose every run must repeat. */
const SEEDED = ["src", "simulators", "agents", "environments"];

/** The one module that loads what a user names. */
const USERS_MODULE = "apps/cli/user-objectives.ts";

const LONGEST_FILE = 400;
const NEEDS_HEAD_COMMENT = 12;

interface Module {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
  /** What it imports, as written: statically, dynamically, or re-exported. */
  readonly imports: readonly string[];
  /** Imports whose target is computed, so that nobody can check it. */
  readonly computed: number;
  readonly program: unknown;
  readonly comments: readonly { readonly start: number }[];
}

function moduleOf(path: string, text: string): Module {
  const { module, program, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`);
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start, end));
  const literal = /^(["'`])([^$]*)\1$/s;
  return {
    path,
    text,
    imports: [
      ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
      ...module.staticExports.flatMap(({ entries }) =>
        entries.flatMap(({ moduleRequest }) => (moduleRequest ? [moduleRequest.value] : [])),
      ),
      ...dynamic.flatMap((request) => literal.exec(request)?.[2] ?? []),
      ...typeImports(program),
    ],
    computed: dynamic.filter((request) => !literal.test(request)).length,
    program,
    comments,
  };
}

/** Every node of a syntax tree. */
function* nodes(tree: unknown): Generator<Record<string, unknown>> {
  if (typeof tree !== "object" || tree === null) return;
  if (!Array.isArray(tree) && "type" in tree) yield tree as Record<string, unknown>;
  for (const child of Object.values(tree)) yield* nodes(child);
}

/** `import("./x.ts").Y` in types. */
function typeImports(program: unknown): string[] {
  return [...nodes(program)].flatMap(({ type, source, argument }) => {
    if (type !== "TSImportType") return [];
    const request = (source ?? (argument as { literal?: unknown }).literal) as { value: string };
    return [request.value];
  });
}

function modulesOf(room: string): Module[] {
  const folder = join(ROOT, room);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && /\.m?tsx?$/.test(entry.name) && !/node_modules|[\\/]\.venv/.test(entry.parentPath),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => moduleOf(relative(ROOT, file).split(sep).join("/"), readFileSync(file, "utf8")));
}

const ROOMS = Object.keys(BELOW);
const roomOf = (path: string): string | undefined => ROOMS.find((room) => path.startsWith(`${room}/`));

/** What is wrong with a module's imports, one line each. */
function importFaults({ path, imports, computed }: Module): string[] {
  const room = roomOf(path)!;
  const faults =
    computed > 0 && path !== USERS_MODULE ? [`${path}: imports what it computes, which no check can follow`] : [];
  for (const request of imports) {
    if (/^anamnesis(\/|$)/.test(request)) faults.push(`${path}: imports ${request}; name the file instead`);
    if (!request.startsWith(".")) continue;
    const target = join(dirname(path), request).split(sep).join("/");
    const other = roomOf(target);
    if (other === room) continue;
    if (other === undefined) {
      if (target !== "package.json") faults.push(`${path}: imports ${target}, outside every room`);
    } else if (!BELOW[room]!.includes(other)) faults.push(`${path}: ${room} may not import ${other}`);
    else if (target !== `${other}/index.ts`) faults.push(`${path}: imports ${target}; the door is ${other}/index.ts`);
  }
  return faults;
}

/** Unseeded chance and the wall clock: `Math.random`, `Date.now`, `new Date()`. */
function impurities({ path, program }: Module): string[] {
  return [...nodes(program)].flatMap((node) => {
    const { type, object, property, callee } = node as Record<string, { name?: string } | undefined>;
    const member = `${object?.name}.${property?.name}`;
    if ((type as unknown) === "MemberExpression" && ["Math.random", "Date.now"].includes(member))
      return [`${path}: ${member}`];
    const isDate = callee?.name === "Date" && (node.arguments as unknown[]).length === 0;
    return (type as unknown) === "NewExpression" && isDate ? [`${path}: new Date()`] : [];
  });
}

/** Whether the first thing in a file, a `#!` line aside, is a comment. */
function hasHeadComment({ text, comments }: Module): boolean {
  const first = /^(#!.*\n)?\s*/.exec(text)![0].length;
  return comments.some(({ start }) => start === first);
}

const rooms = new Map(ROOMS.map((room) => [room, modulesOf(room)]));
const all = [...rooms.values()].flat();

describe("imports", () => {
  for (const room of ROOMS) {
    test(`of ${room}: the check saw its modules`, () => {
      expect(rooms.get(room)!.length).toBeGreaterThan(0);
      expect(existsSync(join(ROOT, room, "index.ts")) || room === "apps").toBe(true);
    });
  }

  test("run downwards only, through doors only", () => {
    expect(all.flatMap(importFaults)).toEqual([]);
  });

  test("of the ground floor hold no I/O", () => {
    const built = (request: string): boolean =>
      /^(node:|fs|path|http|https|net|child_process|worker_threads)(\/|$|\b)/.test(request);
    const faults = rooms
      .get("src")!
      .flatMap(({ path, imports }) =>
        imports.filter((request) => !request.startsWith(".") && built(request)).map((request) => `${path}: ${request}`),
      );
    expect(faults).toEqual([]);
  });

  test("would be caught, static, dynamic, re-exported or in a type", () => {
    const faultsOf = (path: string, text: string): number => importFaults(moduleOf(path, text)).length;
    expect(faultsOf("agents/x.ts", 'import { Case } from "../simulators/index.ts";')).toBe(1);
    expect(faultsOf("agents/x.ts", 'const x = await import("../simulators/index.ts");')).toBe(1);
    expect(faultsOf("agents/x.ts", 'export { Case } from "../simulators/index.ts";')).toBe(1);
    expect(faultsOf("agents/x.ts", 'export * from "../simulators/index.ts";')).toBe(1);
    expect(faultsOf("agents/x.ts", 'export type C = import("../simulators/index.ts").Case;')).toBe(1);
    expect(faultsOf("agents/x.ts", 'import type { Case } from "../simulators/index.ts";')).toBe(1);
    expect(faultsOf("agents/x.ts", "const x = await import(`../$" + "{name}/index.ts`);")).toBe(1);
    expect(faultsOf("agents/x.ts", 'import { Case } from "anamnesis/simulators";')).toBe(1);
    expect(faultsOf("agents/x.ts", 'import { replay } from "../src/consultation.ts";')).toBe(1);
    expect(faultsOf("agents/deep/x.ts", 'import { replay } from "../../src/index.ts"; import "zod";')).toBe(0);
    expect(faultsOf("src/x.ts", 'import { face } from "../index.ts";')).toBe(1);
  });
});

describe("chance and time", () => {
  test("come from a seed and a clock that are handed in, ports.ts aside", () => {
    const seeded = SEEDED.flatMap((room) => rooms.get(room)!).filter(({ path }) => path !== "src/ports.ts");
    expect(seeded.flatMap(impurities)).toEqual([]);
  });

  test("would be caught otherwise, but not in a comment or a text", () => {
    const found = (text: string): number => impurities(moduleOf("src/x.ts", text)).length;
    expect(found("const x = Math.random() + Date.now() + +new Date();")).toBe(3);
    expect(found('// Math.random()\nconst x = "Date.now"; const y = new Date(0);')).toBe(0);
  });
});

describe("files", () => {
  test(`have ${LONGEST_FILE} lines at most`, () => {
    const lines = (text: string): number => text.trimEnd().split("\n").length;
    expect(all.filter(({ text }) => lines(text) > LONGEST_FILE).map(({ path }) => path)).toEqual([]);
  });

  test("begin by saying what they know, unless they are tiny", () => {
    const silent = all.filter(
      (module) => module.text.split("\n").length >= NEEDS_HEAD_COMMENT && !hasHeadComment(module),
    );
    expect(silent.map(({ path }) => path)).toEqual([]);
  });
});
