/**
 * DDXPlus as a knowledge base: 49 conditions, 223 evidences, from `release_conditions.json`, `release_evidences.json`
 * and `conditional_probabilities.json` of one directory. Mends the release's known defects and lists each mending.
 * DDXPlus: Fansi Tchango et al., NeurIPS 2022, CC BY 4.0.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import {
  type Condition,
  type Finding,
  type KnowledgeBase,
  KnowledgeBase as KnowledgeBaseSchema,
  type Likelihood,
} from "../../src/index.ts";
import { CaseError } from "../errors.ts";
import { firstSchemaFault } from "../schema-faults.ts";
import { icd10Chapter } from "./icd10.ts";
import { integrityFaults } from "./integrity.ts";

export const DDXPLUS_FILES = {
  conditions: "release_conditions.json",
  evidences: "release_evidences.json",
  probabilities: "conditional_probabilities.json",
} as const;

export interface DdxplusKnowledge {
  readonly base: KnowledgeBase;
  /** Condition id by the release's own condition name. */
  readonly conditionIds: ReadonlyMap<string, string>;
  readonly repairs: readonly string[];
}

const ReleaseCondition = z.object({
  condition_name: z.string().min(1),
  "icd10-id": z.string().min(1),
  severity: z.int().min(1).max(5),
  symptoms: z.record(z.string(), z.unknown()),
  antecedents: z.record(z.string(), z.unknown()),
});

type ReleaseCondition = z.infer<typeof ReleaseCondition>;

const value = z.union([z.string(), z.number()]).transform(String);
const ReleaseEvidence = z.object({
  name: z.string().min(1),
  code_question: z.string().min(1),
  question_en: z.string().min(1),
  is_antecedent: z.boolean(),
  default_value: value,
  "possible-values": z.array(value),
  value_meaning: z.record(z.string(), z.object({ en: z.string() })),
  data_type: z.enum(["B", "C", "M"]),
});
type ReleaseEvidence = z.infer<typeof ReleaseEvidence>;

const probability = z.number().min(0).max(1);
const CountedCondition = z.object({
  prior: z.number().positive().max(1),
  findings: z.record(z.string(), z.union([probability, z.record(z.string(), probability)])),
});
type CountedCondition = z.infer<typeof CountedCondition>;

/**
 * Mean number of values a patient gives where the finding is present and not *nowhere*, counted on the release. The
 * probabilities kept one value a patient, so that each of these rows sums to 1 and must be scaled back.
 */
const VALUES_WHEN_PRESENT: Readonly<Record<string, number>> = {
  E_54: 2.09,
  E_55: 4.03,
  E_57: 3.5,
  E_133: 3.39,
  E_152: 3.45,
};

/** The release asks for the disease "Larygospasm" and codes SLE as systemic sclerosis. */
const CORRECTED_NAMES: Readonly<Record<string, string>> = { Larygospasm: "Laryngospasm" };
const CORRECTED_ICD10: Readonly<Record<string, string>> = { SLE: "M32" };

/** Reads and joins the three files. Throws `CaseError` naming the file and the field at fault. */
export async function loadDdxplusKnowledge(directory: string): Promise<DdxplusKnowledge> {
  const [conditions, evidences, counted] = await Promise.all([
    readJson(join(directory, DDXPLUS_FILES.conditions), z.record(z.string(), ReleaseCondition)),
    readJson(join(directory, DDXPLUS_FILES.evidences), z.record(z.string(), ReleaseEvidence)),
    readJson(join(directory, DDXPLUS_FILES.probabilities), z.record(z.string(), CountedCondition)),
  ]);
  const repairs: string[] = [];
  const findings = Object.values(evidences).map((evidence) => finding(evidence, evidences, repairs));
  const types = new Map(findings.map((f) => [f.id, f]));
  const conditionIds = new Map<string, string>();
  const list = Object.values(conditions).map((condition) => {
    const name = condition.condition_name;
    const counts = Object.hasOwn(counted, name) ? counted[name] : undefined;
    const place = { file: join(directory, DDXPLUS_FILES.probabilities), field: name };
    if (!counts) throw new CaseError("no-probabilities", "no probabilities for this condition", { place });
    checkRows(counts, types, place.file, name);
    checkListed(condition, types, join(directory, DDXPLUS_FILES.conditions));
    const known = CORRECTED_NAMES[name] ?? name;
    if (known !== name) repairs.push(`condition "${name}" is spelt "${known}"`);
    conditionIds.set(name, slug(known));
    return {
      id: slug(known),
      name: known,
      synonyms: known === name ? [] : [name],
      icd10: icd10(name, condition["icd10-id"], repairs),
      severity: condition.severity,
      domain: icd10Chapter(icd10(name, condition["icd10-id"], [])),
      prior: counts.prior,
      complaints: [],
      findings: likelihoods(counts, types),
    } satisfies Condition;
  });
  repairs.push(
    `multi-choice rows of ${Object.keys(VALUES_WHEN_PRESENT).join(", ")} kept one value a patient: flattened and scaled to the true mean number of values`,
  );
  const notice = "DDXPlus, CC BY 4.0, Fansi Tchango et al., NeurIPS 2022. For research; never for care.";
  const base: KnowledgeBase = {
    id: "ddxplus",
    version: "english-release",
    notice,
    findings,
    conditions: list,
    redFlags: [],
  };
  checkWhole(base, directory);
  return { base, conditionIds, repairs };
}

/** Throws where the release's own lists name an evidence that it lacks. */
function checkListed(condition: ReleaseCondition, types: ReadonlyMap<string, Finding>, file: string): void {
  for (const list of ["symptoms", "antecedents"] as const) {
    const stranger = Object.keys(condition[list]).find((id) => !types.has(id));
    if (stranger === undefined) continue;
    const place = { file, field: `${condition.condition_name}.${list}` };
    throw new CaseError("unknown-finding", `no evidence ${stranger} in ${DDXPLUS_FILES.evidences}`, { place });
  }
}

/** Throws where what was joined is not a knowledge base: ids that are none or used twice, choices without a choice. */
function checkWhole(base: KnowledgeBase, directory: string): void {
  const parsed = KnowledgeBaseSchema.safeParse(base);
  const fault = parsed.success
    ? integrityFaults(base).find(({ severity }) => severity === "error")
    : firstSchemaFault(parsed.error, base);
  if (!fault) return;
  const [list, index] = fault.path;
  const file = join(directory, list === "findings" ? DDXPLUS_FILES.evidences : DDXPLUS_FILES.conditions);
  const entry = base[list as "findings" | "conditions"][index as number];
  const place = { file, field: [entry?.name, ...fault.path.slice(2)].filter((part) => part !== undefined).join(".") };
  throw new CaseError("bad-file", `${entry ? `${entry.id}: ` : ""}${fault.message}`, { place });
}

function finding(evidence: ReleaseEvidence, all: Record<string, ReleaseEvidence>, repairs: string[]): Finding {
  const { name, code_question: base, data_type: type, default_value: none } = evidence;
  const parent = base !== name && base in all ? base : undefined;
  if (base !== name && !parent)
    repairs.push(`${name} names a base question ${base} that the release lacks: asked by itself`);
  const scale = evidence["possible-values"].length > 0 && Object.keys(evidence.value_meaning).length === 0;
  const values = evidence["possible-values"].map((id) => ({
    id,
    name: scale ? `${id} out of 10` : (evidence.value_meaning[id]?.en ?? id),
    synonyms: [],
  }));
  return {
    id: name,
    name: nameOf(evidence.question_en),
    kind: evidence.is_antecedent ? "antecedent" : "symptom",
    type: type === "B" ? "binary" : type === "C" ? "categorical" : "multiple",
    ...(parent && { parent }),
    question: evidence.question_en,
    synonyms: [],
    values,
    ...(type !== "B" && values.some(({ id }) => id === none) && { none }),
  };
}

/** The question without its opening words: "Do you have a cough?" is about "a cough". */
function nameOf(question: string): string {
  return question
    .replace(
      /^(do|did|are|have|has|is|were|was|does) (you|any|there|your|the)( (have|had|feel|been|ever|recently|currently))*\s+/i,
      "",
    )
    .replace(/[?:.]\s*$/, "");
}

/** Likelihoods in the form of the knowledge base: multi-choice rows become one probability a value. */
function likelihoods(counts: CountedCondition, types: ReadonlyMap<string, Finding>): Record<string, Likelihood> {
  return Object.fromEntries(
    Object.entries(counts.findings).map(([id, row]) => {
      const finding = types.get(id)!;
      return [id, typeof row === "object" && finding.type === "multiple" ? valueProbabilities(finding, row) : row];
    }),
  );
}

/**
 * Probability of each value being among those given. A row holds how often a value was the one kept of a patient's
 * several; which one was kept follows an arbitrary order, so that the row tells well which values occur but badly how
 * often. Values that occur therefore get shares drawn towards each other (fourth root), scaled to the mean number of
 * values. *None* stands alone, so its frequency is its probability.
 */
function valueProbabilities({ id, none }: Finding, row: Record<string, number>): Record<string, number> {
  const alone = (none && row[none]) || 0;
  const shares = Object.entries(row).flatMap(([value, p]) =>
    value === none || p <= NEVER_SEEN ? [] : [[value, p ** 0.25] as const],
  );
  const total = shares.reduce((sum, [, share]) => sum + share, 0);
  const mean = (1 - alone) * (VALUES_WHEN_PRESENT[id] ?? 1);
  const given = shares.map(([value, share]) => [value, Math.min(1 - alone, (mean * share) / total)] as const);
  return Object.fromEntries(none ? [[none, alone], ...given] : given);
}

/** What the counts give for a value that no patient had. */
const NEVER_SEEN = 1e-6;

function checkRows(
  counts: CountedCondition,
  types: ReadonlyMap<string, Finding>,
  file: string,
  condition: string,
): void {
  for (const [id, row] of Object.entries(counts.findings)) {
    const place = { file, field: `${condition}.findings.${id}` };
    const known = types.get(id);
    if (!known) throw new CaseError("unknown-finding", `no evidence ${id} in ${DDXPLUS_FILES.evidences}`, { place });
    if ((known.type === "binary") === (typeof row === "object")) {
      throw new CaseError("wrong-shape", `expected ${known.type === "binary" ? "one number" : "a number a value"}`, {
        place,
      });
    }
    if (typeof row !== "object") continue;
    const stranger = Object.keys(row).find((value) => !known.values.some(({ id }) => id === value));
    if (stranger) throw new CaseError("unknown-value", `evidence ${id} has no value ${stranger}`, { place });
    const sum = Object.values(row).reduce((total, p) => total + p, 0);
    if (Math.abs(sum - 1) > 0.01)
      throw new CaseError("not-summing", `values sum to ${sum.toFixed(3)}, not 1`, { place });
  }
}

function icd10(name: string, code: string, repairs: string[]): string {
  const upper = CORRECTED_ICD10[name] ?? code.toUpperCase();
  if (upper !== code) repairs.push(`ICD-10 of "${name}" is ${upper}, not ${code}`);
  return upper;
}

/** "Guillain-Barré syndrome" becomes "guillain-barre-syndrome". */
function slug(name: string): string {
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  let json: unknown;
  try {
    const bytes = await readFile(file);
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new CaseError("unreadable", reason(cause), { place: { file }, cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new CaseError("bad-file", issue.message, { place: { file, field: issue.path.join(".") } });
}

function reason(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "no such file; a DDXPlus directory holds three JSON files and the patients";
  if (code === "EISDIR") return "is a directory, expected a JSON file";
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return "is not UTF-8";
  return cause instanceof SyntaxError ? `is not JSON: ${cause.message}` : String(cause);
}
