/** An agent whose answers take their time, and are read in two ways: as its training read them, and leniently. */
import type { Policy } from "../../gpu-trainer/index.ts";
import type { Diagnostician } from "../../src/index.ts";

export interface Examinee {
  readonly versions: Readonly<Record<string, string>>;
  /** Consultations under way at once. */
  readonly atOnce: number;
  readonly strict: Diagnostician;
  readonly lenient: Diagnostician;
  /** Turns of a consultation that were no good when read strictly; counted once. Where there is none, both readings agree. */
  wasted(consultation: string): number;
}

const AT_ONCE = 256;

export interface ExamineeOptions {
  /** Default 0: greedy. */
  readonly temperature?: number | undefined;
  readonly seed: number;
}

export async function policyExaminee(policy: Policy, { temperature = 0, seed }: ExamineeOptions): Promise<Examinee> {
  const { policyDiagnostician } = await import("../../gpu-trainer/index.ts");
  const wasted = new Map<string, number>();
  const strict = policyDiagnostician(policy, {
    temperature,
    seed,
    onWaste: (consultation) => wasted.set(consultation, (wasted.get(consultation) ?? 0) + 1),
  });
  return {
    versions: strict.versions,
    atOnce: AT_ONCE,
    strict,
    lenient: policyDiagnostician(policy, { temperature, seed, parsing: "lenient" }),
    wasted(consultation) {
      const count = wasted.get(consultation) ?? 0;
      wasted.delete(consultation);
      return count;
    },
  };
}
