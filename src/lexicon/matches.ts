/**
 * Every match of a global `pattern` in `text`, in order. As `matchAll`, which makes a new pattern at each call: of the
 * long ones here that takes longer than the search.
 */
export function matchesOf(pattern: RegExp, text: string): RegExpExecArray[] {
  const found: RegExpExecArray[] = [];
  pattern.lastIndex = 0;
  for (let at = pattern.exec(text); at; at = pattern.exec(text)) {
    found.push(at);
    if (at[0] === "") pattern.lastIndex++;
  }
  return found;
}
