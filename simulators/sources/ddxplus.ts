/**
 * DDXPlus patients: a CSV with the official columns, streamed. Columns hold Python lists; every row is checked
 * against the knowledge base of the same directory.
 */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Finding, ObservedFinding, Sex } from "../../src/index.ts";
import { rankDifferential } from "../../src/index.ts";
import type { Case, CaseSource, SourceOptions } from "../case.ts";
import { CaseError } from "../errors.ts";
import { type DdxplusKnowledge, loadDdxplusKnowledge } from "../knowledge/ddxplus.ts";
import { readCsv } from "./csv.ts";
import { skipLedger } from "./skipping.ts";

const COLUMNS = ["AGE", "SEX", "PATHOLOGY", "EVIDENCES", "INITIAL_EVIDENCE", "DIFFERENTIAL_DIAGNOSIS"] as const;
type Row = Record<(typeof COLUMNS)[number], string>;

/** `path` is a directory (its `patients.csv` is read) or one CSV file in it. Throws `CaseError`. */
export async function openDdxplus(path: string, options: SourceOptions = {}): Promise<CaseSource> {
  const isDirectory = await stat(path).then(
    (found) => found.isDirectory(),
    () => !path.endsWith(".csv"),
  );
  const file = isDirectory ? join(path, "patients.csv") : path;
  const knowledge = await loadDdxplusKnowledge(isDirectory ? path : dirname(path));
  const ledger = skipLedger(options);
  const read = rowReader(knowledge, basename(file).replace(/\.csv$/, ""));
  return {
    name: `ddxplus:${path}`,
    base: knowledge.base,
    repairs: knowledge.repairs,
    skipped: ledger.skipped,
    get skippedCount() {
      return ledger.count;
    },
    async *cases() {
      ledger.reset();
      let rows = 0;
      for await (const { record, line, fault } of readCsv(file, COLUMNS)) {
        rows++;
        const found = ledger.attempt(file, line, () => {
          if (fault) throw new CaseError("bad-row", fault);
          return read(record as Row, line);
        });
        if (found) yield found;
      }
      if (rows === 0) throw new CaseError("empty-file", "holds no patients", { place: { file } });
    },
  };
}

/** The official CSV writes a patient's evidence as `E_91` (present) or `E_54_@_V_161` (a value). */
function rowReader({ base, conditionIds }: DdxplusKnowledge, stem: string): (row: Row, line: number) => Case {
  const codes: Codes = new Map(
    base.findings.map((finding) => [finding.id, { finding, values: new Set(finding.values.map(({ id }) => id)) }]),
  );
  const domains = new Map(base.conditions.map(({ id, domain }) => [id, domain]));
  const names = new Map(base.conditions.map(({ id, name }) => [id, name]));
  const conditionId = (name: string, field: string): string => {
    const id = conditionIds.get(name);
    if (!id)
      throw new CaseError("unknown-condition", `no condition "${name}" in the knowledge base`, { place: { field } });
    return id;
  };
  return (row, line) => {
    const label = conditionId(row.PATHOLOGY, "PATHOLOGY");
    const observed = readEvidences(row.EVIDENCES, codes);
    const initial = tokenParts(row.INITIAL_EVIDENCE)[0];
    if (!observed.some(({ finding }) => finding === initial)) {
      const place = { field: "INITIAL_EVIDENCE" };
      throw new CaseError("unknown-finding", `${row.INITIAL_EVIDENCE} is not among the patient's evidences`, { place });
    }
    return {
      id: `${stem}:${line}`,
      age: readAge(row.AGE),
      sex: readSex(row.SEX),
      opening: [initial],
      findings: observed,
      unlisted: "absent",
      facts: [],
      measurements: [],
      attachments: [],
      label: { condition: label, name: names.get(label)!, synonyms: [] },
      differential: readDifferential(row.DIFFERENTIAL_DIAGNOSIS, (name) => conditionId(name, "DIFFERENTIAL_DIAGNOSIS")),
      options: [],
      domain: domains.get(label)!,
      fingerprint: fingerprint(row),
      masked: 0,
    };
  };
}

/** The same patient has the same fingerprint in any file: a digest of everything but the differential. */
function fingerprint(row: Row): string {
  const content = [row.AGE, row.SEX, row.PATHOLOGY, row.INITIAL_EVIDENCE, row.EVIDENCES].join("|");
  return createHash("sha256").update(content.replace(/\s+/g, " ")).digest("base64url").slice(0, 16);
}

function readAge(text: string): number {
  const age = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (!(age <= 130))
    throw new CaseError("bad-value", `expected years from 0 to 130, got "${text}"`, { place: { field: "AGE" } });
  return age;
}

function readSex(text: string): Sex {
  if (text === "F") return "female";
  if (text === "M") return "male";
  throw new CaseError("bad-value", `expected F or M, got "${text}"`, { place: { field: "SEX" } });
}

function tokenParts(token: string): [finding: string, value: string | undefined] {
  const at = token.indexOf("_@_");
  return at < 0 ? [token, undefined] : [token.slice(0, at), token.slice(at + 3)];
}

/** What the evidence codes may be. */
type Codes = ReadonlyMap<string, { readonly finding: Finding; readonly values: ReadonlySet<string> }>;

function readEvidences(text: string, codes: Codes): ObservedFinding[] {
  const observed = new Map<string, ObservedFinding>();
  const fault = (code: string, message: string): CaseError =>
    new CaseError(code, message, { place: { field: "EVIDENCES" } });
  for (const token of pythonList(text, "EVIDENCES")) {
    if (typeof token !== "string") throw fault("bad-value", "expected a list of strings");
    const [id, value] = tokenParts(token);
    const code = codes.get(id);
    if (!code) throw fault("unknown-finding", `no evidence ${id} in release_evidences.json`);
    const { finding, values: known } = code;
    if ((finding.type === "binary") !== (value === undefined)) {
      throw fault(
        "wrong-shape",
        `${token}: evidence ${id} ${value === undefined ? "needs a value" : "takes no value"}`,
      );
    }
    const before = observed.get(id);
    // What is listed again says nothing new; a second value of a single choice contradicts the first.
    if (value === undefined ? before : before?.values?.includes(value)) continue;
    if (before && finding.type === "categorical") throw fault("wrong-shape", `evidence ${id} takes one value`);
    if (value === undefined) observed.set(id, { finding: id, state: "present" });
    else if (!known.has(value)) throw fault("unknown-value", `evidence ${id} has no value ${value}`);
    else if (value === finding.none) {
      if (!before) observed.set(id, { finding: id, state: "absent" });
    } else {
      const values = [...(before?.values ?? []), value];
      observed.set(id, { finding: id, state: "present", values });
    }
  }
  return [...observed.values()];
}

/** A Python list literal of strings, numbers and lists; Python quotes a text that holds an apostrophe with `"`. */
function pythonList(text: string, field: string): unknown[] {
  const asJson = text.includes('"')
    ? text.replace(/'([^'"]*)'|"([^"]*)"/g, (_, single, double) => JSON.stringify(single ?? double))
    : text.replaceAll("'", '"');
  try {
    const list: unknown = JSON.parse(asJson);
    if (Array.isArray(list)) return list;
  } catch {
    // Told below, in the terms of the file.
  }
  throw new CaseError("bad-value", "expected a Python list", { place: { field } });
}

function readDifferential(text: string, conditionId: (name: string) => string): Case["differential"] {
  const fault = (code: string, message: string): CaseError =>
    new CaseError(code, message, { place: { field: "DIFFERENTIAL_DIAGNOSIS" } });
  const weights = new Map<string, number>();
  let total = 0;
  for (const entry of pythonList(text, "DIFFERENTIAL_DIAGNOSIS")) {
    const [name, weight] = Array.isArray(entry) ? entry : [];
    if (typeof name !== "string" || typeof weight !== "number")
      throw fault("bad-value", "expected [name, probability] entries");
    if (!(weight >= 0 && weight <= 1)) throw fault("bad-value", `probability ${weight} is outside [0, 1]`);
    const id = conditionId(name);
    if (weights.has(id)) throw fault("duplicate", `lists "${name}" twice`);
    weights.set(id, weight);
    total += weight;
  }
  if (weights.size === 0) throw fault("bad-value", "expected a list of [name, probability]");
  if (Math.abs(total - 1) > 0.01) throw fault("not-summing", `probabilities sum to ${total.toFixed(3)}, not 1`);
  return rankDifferential([...weights.keys()], [...weights.values()]);
}
