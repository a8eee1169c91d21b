/**
 * Which conditions stand together as options. Were they always the right one's own look-alikes, it would be the one that
 * all others resemble, and the options alone would tell it. So they are the look-alikes of any condition that has the
 * right one among its own, drawn by chance.
 */
import { ageGroupOf, type Condition, type Intake, type KnowledgeBase, pick, type Random } from "../../src/index.ts";
import type { LookAlikes } from "./look-alikes.ts";

export interface OptionPools {
  /** `count` wrong options beside the right ones; fewer where no more fit the person, any where none does. */
  wrong(right: ReadonlySet<string>, count: number, person: Person, random: Random): readonly string[];
}

type Person = Pick<Intake, "age" | "sex">;

/** `size`: options together. Without a knowledge base every condition fits everybody. */
export function optionPools(
  conditions: readonly string[],
  alike: LookAlikes,
  size: number,
  base?: KnowledgeBase,
): OptionPools {
  const known = new Map(base?.conditions.map((condition) => [condition.id, condition]));
  /** By age group and sex: the conditions whose look-alikes hold this one, itself among them. */
  const pools = new Map<string, ReadonlyMap<string, readonly string[]>>();

  const poolsFor = (person: Person): ReadonlyMap<string, readonly string[]> => {
    const key = `${person.age === undefined ? "" : ageGroupOf(person.age)}/${person.sex ?? ""}`;
    const before = pools.get(key);
    if (before) return before;
    const fits = (id: string): boolean => isPossible(known.get(id), person);
    const centres = new Map<string, string[]>();
    for (const centre of conditions.filter(fits)) {
      for (const member of [centre, ...alike(centre, size - 1, fits)]) {
        const own = centres.get(member);
        if (own) own.push(centre);
        else centres.set(member, [centre]);
      }
    }
    pools.set(key, centres);
    return centres;
  };

  return {
    wrong(right, count, person, random) {
      const one = pick(random, [...right]);
      const centre = pick(random, poolsFor(person).get(one) ?? [one]);
      const beside = (fits: (id: string) => boolean): readonly string[] => {
        const first = fits(centre) ? [centre] : [];
        return [...first, ...alike(centre, count, fits)].slice(0, count);
      };
      const isWrong = (id: string): boolean => !right.has(id);
      const fitting = beside((id) => isWrong(id) && isPossible(known.get(id), person));
      return fitting.length > 0 ? fitting : beside(isWrong);
    },
  };
}

function isPossible(condition: Condition | undefined, { age, sex }: Person): boolean {
  if (!condition) return true;
  const byAge = age === undefined ? 1 : (condition.age?.[ageGroupOf(age)] ?? 1);
  const bySex = sex === undefined ? 1 : (condition.sex?.[sex] ?? 1);
  return byAge * bySex > 0;
}
