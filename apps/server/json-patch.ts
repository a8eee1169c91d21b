/** JSON Patch (RFC 6902) between two JSON values: what to do to the first so that it becomes the second. */
export type Operation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

type Members = Record<string, unknown>;

/** Objects are compared member by member; everything else, arrays too, is replaced whole where it differs. */
export function patchBetween(from: unknown, to: unknown, path = ""): Operation[] {
  if (!isObject(from) || !isObject(to)) {
    return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ op: "replace", path, value: to }];
  }
  const place = (key: string): string => `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  return [
    ...Object.keys(from)
      .filter((key) => !Object.hasOwn(to, key))
      .map((key): Operation => ({ op: "remove", path: place(key) })),
    ...Object.keys(to).flatMap((key) =>
      Object.hasOwn(from, key)
        ? patchBetween(from[key], to[key], place(key))
        : [{ op: "add" as const, path: place(key), value: to[key] }],
    ),
  ];
}

/** What a client does with a patch: a new value, the old one untouched. Knows objects only, as `patchBetween` does. */
export function patched(document: unknown, patch: readonly Operation[]): unknown {
  return patch.reduce((now, operation) => applied(now, keysOf(operation.path), operation), document);
}

function applied(document: unknown, [key, ...rest]: readonly string[], operation: Operation): unknown {
  if (key === undefined) return operation.op === "remove" ? undefined : operation.value;
  const members: Members = isObject(document) ? { ...document } : {};
  if (rest.length === 0 && operation.op === "remove") delete members[key];
  else members[key] = applied(members[key], rest, operation);
  return members;
}

function keysOf(path: string): string[] {
  return path
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
