/** Chapters of ICD-10 by code, as short names: the domain of a condition where a source names none. */

const CHAPTERS: readonly (readonly [upTo: string, name: string])[] = [
  ["B99", "infectious"],
  ["D48", "neoplasm"],
  ["D89", "blood"],
  ["E90", "endocrine"],
  ["F99", "mental"],
  ["G99", "nervous"],
  ["H59", "eye"],
  ["H95", "ear"],
  ["I99", "circulatory"],
  ["J99", "respiratory"],
  ["K93", "digestive"],
  ["L99", "skin"],
  ["M99", "musculoskeletal"],
  ["N99", "genitourinary"],
  ["O99", "pregnancy"],
  ["P96", "perinatal"],
  ["Q99", "congenital"],
  ["R99", "symptoms"],
  ["T98", "injury"],
];

/** The chapter of the first code in `code`, for example `respiratory` for `J17, J18`. */
export function icd10Chapter(code: string): string {
  const category = code.slice(0, 3);
  return CHAPTERS.find(([upTo]) => category <= upTo)?.[1] ?? "other";
}
