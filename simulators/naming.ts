/**
 * Where a text names a condition: whole words, any case, tolerant of hyphens, apostrophes, accents and a plural s.
 * Short forms in capitals (PML, AS) match in capitals only, or every "as" would be ankylosing spondylitis.
 */

/** Names longer than this are not looked for, in characters; nobody says them. */
const LONGEST_NAME = 500;

/** How many names one pattern holds. */
const NAMES_A_PATTERN = 100;

export interface NameMatcher {
  /** The first name found, as the text writes it. */
  find(text: string): string | undefined;
  /** The text with each name replaced, and how many there were. */
  replace(text: string, by: string): { readonly text: string; readonly count: number };
}

/** A matcher for any of `names`. Where one name begins with another, the longer one is found. */
export function nameMatcher(names: readonly string[]): NameMatcher {
  const known = [...new Set(names)].filter((name) => name.length <= LONGEST_NAME && /[\p{L}\p{N}]/u.test(name));
  const long = known.filter((name) => !isShortForm(name));
  const patterns = [...patternsOf(long, "giu"), ...patternsOf(known.filter(isShortForm), "gu")];
  return {
    find(text) {
      for (const pattern of patterns) {
        const found = text.match(pattern)?.[0];
        if (found !== undefined) return found;
      }
      return undefined;
    },
    replace(text, by) {
      let count = 0;
      const result = patterns.reduce((sofar, pattern) => {
        return sofar.replace(pattern, () => {
          count++;
          return by;
        });
      }, text);
      return { text: result, count };
    },
  };
}

/** `Progressive multifocal encephalopathy (PML)` is also called by what stands before and within the parentheses. */
export function alternativeNames(name: string): string[] {
  if (name.length > LONGEST_NAME) return [];
  const match = /^([^()]+?)\s*\(([^()]{2,})\)\s*$/.exec(name);
  return match ? [match[1]!.trim(), match[2]!.trim()] : [];
}

const isShortForm = (name: string): boolean => /^[\p{Lu}\p{N}-]{1,5}$/u.test(name.trim());

function patternsOf(names: readonly string[], flags: string): RegExp[] {
  const sources = [...names].sort((a, b) => b.length - a.length).map(sourceOf);
  const patterns: RegExp[] = [];
  for (let i = 0; i < sources.length; i += NAMES_A_PATTERN) {
    const anyOf = sources.slice(i, i + NAMES_A_PATTERN).join("|");
    patterns.push(new RegExp(`(?<![\\p{L}\\p{N}])(?:${anyOf})(?![\\p{L}\\p{N}])`, flags));
  }
  return patterns;
}

/** The words of a name in order, each possibly a possessive, the last possibly a plural. */
function sourceOf(name: string): string {
  const words = name
    .normalize("NFC")
    .split(/[\s-]+/)
    .map((word) => word.replace(/['’]s?(?=$|[^\p{L}])/gu, ""))
    .filter(Boolean);
  const last = words.length - 1;
  const patterns = words.map((word, i) => {
    const stem = i === last && /\p{L}{3,}s$/iu.test(word) && !/(?:ss|us|is)$/iu.test(word) ? word.slice(0, -1) : word;
    const plural = i === last && !isShortForm(name) && /\p{L}$/u.test(stem) ? "s?" : "";
    return `${[...stem].map(letter).join("")}${plural}(?:['’]s?)?`;
  });
  return patterns.join("[\\s-]+");
}

/** An accented letter also matches without its accent. */
function letter(char: string): string {
  const escaped = char.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  const plain = char.normalize("NFD")[0]!;
  return plain === char || !/\p{L}/u.test(char) ? escaped : `[${char}${plain}]`;
}
