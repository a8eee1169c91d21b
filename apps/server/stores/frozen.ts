/** Plain data that nobody can alter any more, however deep: it can be held in two places without a copy. */

export function frozen<Data>(data: Data): Data {
  if (typeof data === "object" && data !== null) {
    for (const member of Object.values(data)) frozen(member);
    Object.freeze(data);
  }
  return data;
}

export function isFrozen(data: unknown): boolean {
  if (typeof data !== "object" || data === null) return true;
  return Object.isFrozen(data) && Object.values(data).every(isFrozen);
}
