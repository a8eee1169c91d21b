/**
 * What a patient would state of each finding, in codes: the case's truth, then the persona's noise. The chance of a
 * finding is named by (seed, case, finding), so that it does not depend on what was asked before.
 */
import { type Finding, type FindingKind, type ObservedFinding, seededRandom } from "../../src/index.ts";
import type { Case } from "../case.ts";
import { isNoisy, type Persona } from "./persona.ts";

export interface TruthOptions {
  readonly case: Case;
  readonly findings: ReadonlyMap<string, Finding>;
  readonly persona: Persona;
  readonly seed: number;
  /** Signs and tests that the case does not list are absent (normal) rather than unavailable. Default false. */
  readonly normal?: boolean | undefined;
}

/** Signs, tests and images are measured, not told: no persona changes them. */
export function isMeasured(kind: FindingKind): boolean {
  return kind === "sign" || kind === "test" || kind === "image";
}

/** The patient's statement on a finding by id; a finding that the base does not know is unknown. */
export function truthOf(options: TruthOptions): (finding: string) => ObservedFinding {
  const { case: patient, findings, persona, seed } = options;
  const listed = new Map<string, ObservedFinding>();
  for (const observed of patient.findings) listed.set(observed.finding, observed);
  const noisy = isNoisy(persona);

  function truth(id: string): ObservedFinding {
    const finding = findings.get(id);
    if (!finding) return listed.get(id) ?? { finding: id, state: "unknown" };
    if (finding.parent !== undefined && truth(finding.parent).state === "absent")
      return { finding: id, state: "absent" };
    const observed = listed.get(id) ?? { finding: id, state: unlisted(finding) };
    if (!noisy || isMeasured(finding.kind) || patient.opening.includes(id)) return observed;
    return withNoise(finding, observed);
  }

  function unlisted(finding: Finding): ObservedFinding["state"] {
    const closed = patient.unlisted === "absent" || (options.normal === true && isMeasured(finding.kind));
    // Nobody has no temperature: where absence means nothing, what is not listed is not known.
    const hasAbsence = finding.type === "binary" || finding.type === "multiple" || finding.none !== undefined;
    return closed && hasAbsence ? "absent" : "unknown";
  }

  function withNoise(finding: Finding, observed: ObservedFinding): ObservedFinding {
    const { id, kind, type } = finding;
    const random = seededRandom(seed, patient.id, id);
    // Always four draws in one order, so that changing one parameter leaves the others' outcomes as they were.
    const denies = random.float() < persona.denial;
    const affirms = random.float() < persona.overReporting;
    const isVague = random.float() < persona.vagueness;
    const forgets = random.float() < persona.forgetfulness;
    if (kind === "antecedent" && forgets) return { finding: id, state: "unknown" };
    if (observed.state === "present") {
      const deniable = type === "binary" || (finding.none !== undefined && finding.parent === undefined);
      if (denies && deniable) return { finding: id, state: "absent" };
      return isVague && kind === "symptom" ? { finding: id, state: "unknown" } : observed;
    }
    const affirmable = observed.state === "absent" && kind === "symptom" && type === "binary";
    return affirms && affirmable ? { finding: id, state: "present" } : observed;
  }

  return truth;
}
