/** Features of a patient and one condition: how well what is known matches the condition's own list of findings. */
import { type FindingModel, type LikelihoodModel, probabilityOf } from "../../src/index.ts";
import type { Column, FeatureBlock } from "./columns.ts";
import { isOpen, isPresent, toldOutcomes } from "./evidence.ts";

/** Own columns that are there in any knowledge base, in order; those of single findings follow. */
const MATCH_COLUMNS = [
  "matched", // own symptoms present, parents of others counted
  "antecedents", // own antecedents present
  "plain", // own symptoms present that are not parents of others
  "weight", // Σ ln P(symptom | condition) / P(symptom) over the plain ones
  "strongest", // the largest of those, NO_MATCH where there is none
  "missing", // Σ P(symptom | condition) over own plain symptoms that are not present
  "surprise", // Σ -ln P(symptom) over symptoms present that are not on the own list
  "explained", // share of the symptoms present that are on the own list
  "unexplained", // how many are not
  "inside", // findings with a value that the condition gives
  "outside", // findings with a value that it does not give
  "effective", // plain + findings of type multiple with a value inside
] as const;
/** Place of each. */
export const MATCH = Object.fromEntries(MATCH_COLUMNS.map((name, i) => [name, i])) as Record<
  (typeof MATCH_COLUMNS)[number],
  number
>;

const NO_MATCH = -5;
/** What a symptom on a condition's list is given at least, so that one rare symptom does not swamp the weight. */
const LEAST_LIKELY = 0.01;
/** Residues of summation must not decide on which side of a threshold a patient falls. */
const rounded = (x: number): number => Math.round(x * 1e4) / 1e4;

/** Filled condition by condition. */
export function matchFeatures(model: LikelihoodModel): FeatureBlock {
  const { findings, base } = model;
  const prior = model.prior();
  const conditions = prior.length;
  const columns: Column[] = MATCH_COLUMNS.map((name) => ({ name, finding: -1 }));
  const add = (name: string, finding: number): number => columns.push({ name, finding }) - 1;
  const parents = new Set(findings.map(({ parent }) => parent));
  const symptoms = findings.filter(({ finding }) => finding.kind !== "antecedent");
  const binary = symptoms.filter(({ finding }) => finding.type === "binary");
  const antecedents = findings.filter(({ finding }) => finding.kind === "antecedent" && finding.type === "binary");
  const valued = symptoms
    .filter(({ finding }) => finding.type !== "binary")
    .map((finding) => {
      const { index, finding: of } = finding;
      const isMultiple = of.type === "multiple";
      const at = add(`inside:${of.id}`, index);
      if (isMultiple) {
        add(`outside:${of.id}`, index);
        add(`fraction:${of.id}`, index);
      }
      return { finding, isMultiple, at, support: base.conditions.map((condition) => supportOf(finding, condition)) };
    });
  const overall = new Float64Array(findings.length);
  for (const { index, p } of binary)
    for (let c = 0; c < conditions; c++) overall[index]! += prior[c]! * p[conditions + c]!;
  const isOwn = base.conditions.map((c) =>
    Uint8Array.from(findings, ({ finding: { id } }) => Number(id in c.findings)),
  );
  const plain = Uint8Array.from(findings, ({ index }) => Number(!parents.has(index)));
  const allMissing = base.conditions.map((_, c) =>
    binary.reduce((sum, { index, p }) => sum + (isOwn[c]![index] && plain[index] ? p[conditions + c]! : 0), 0),
  );

  /** Matches of the binary findings present, for one condition. */
  const matchBinary = (c: number, present: readonly FindingModel[], f: Float64Array): void => {
    const list = isOwn[c]!;
    let missing = allMissing[c]!;
    let strongest = NO_MATCH;
    for (const { index, p } of present) {
      if (!list[index]) {
        f[MATCH.unexplained]!++;
        f[MATCH.surprise]! -= Math.log(overall[index]!);
        continue;
      }
      f[MATCH.matched]!++;
      if (!plain[index]) continue;
      const likelihood = p[conditions + c]!;
      const weight = Math.log(Math.max(likelihood, LEAST_LIKELY) / overall[index]!);
      f[MATCH.plain]!++;
      f[MATCH.weight]! += weight;
      missing -= likelihood;
      if (weight > strongest) strongest = weight;
    }
    f[MATCH.strongest] = strongest;
    f[MATCH.missing] = missing;
    f[MATCH.explained] = f[MATCH.matched]! / Math.max(1, present.length);
  };

  return {
    columns,
    fill(evidence, into) {
      const present = binary.filter((finding) => isPresent(finding, evidence));
      const history = antecedents.filter((finding) => isPresent(finding, evidence));
      const told = valued.flatMap((entry) => {
        const outcomes = isOpen(entry.finding, evidence) ? toldOutcomes(entry.finding, evidence) : undefined;
        return outcomes ? [{ ...entry, outcomes }] : [];
      });
      for (let c = 0; c < conditions; c++) {
        const f = into.subarray(c * columns.length, (c + 1) * columns.length);
        matchBinary(c, present, f);
        for (const { index } of history) f[MATCH.antecedents]! += isOwn[c]![index]!;
        f[MATCH.effective] = f[MATCH.plain]!;
        for (const { finding, isMultiple, at, support, outcomes } of told) {
          const given = support[c];
          if (!given) continue;
          let inside = 0;
          let all = 0;
          for (const outcome of outcomes) {
            if (isMultiple && outcome === finding.none) continue;
            all++;
            inside += given[outcome]!;
          }
          if (isMultiple) {
            f[at] = inside;
            f[at + 1] = all - inside;
            f[at + 2] = inside / Math.max(1, all);
            if (inside > 0) f[MATCH.effective]!++;
          } else {
            f[at] = inside > 0 ? 1 : -1;
          }
          if (inside > 0) f[MATCH.inside]!++;
          if (all > inside) f[MATCH.outside]!++;
        }
        for (let i = 0; i < f.length; i++) f[i] = rounded(f[i]!);
      }
    },
  };
}

/** 1 for each outcome that the condition gives; undefined where the condition does not mention the finding. */
function supportOf(
  { finding, outcomes }: FindingModel,
  condition: LikelihoodModel["base"]["conditions"][number],
): Uint8Array | undefined {
  const row = condition.findings[finding.id];
  if (typeof row !== "object") return undefined;
  return Uint8Array.from(outcomes, (id) => Number(row[id] !== undefined && probabilityOf(row[id]) > NEVER));
}

/** Counted tables write this, or less, for a value that no patient had. */
const NEVER = 1e-6;
