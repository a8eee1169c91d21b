/**
 * What the head looks at, as numbers. *Shared* features hold for the patient: each finding, value and scale, age, sex,
 * and how well each condition is matched. *Own* features hold for the patient and one condition: how much of the
 * condition's own list is present, how much of what is present it leaves unexplained, and whether the values told are
 * values that it gives. A reference differential is made by rules over just such matches.
 */
import type { LikelihoodModel } from "../../src/index.ts";
import type { Column } from "./columns.ts";
import { MATCH, matchFeatures } from "./match-features.ts";
import { patientFeatures } from "./patient-features.ts";
import type { Evidence } from "./types.ts";

export interface Features {
  /** By shared column. */
  readonly shared: Float64Array;
  /** By condition, then by own column. */
  readonly own: Float64Array;
}

export interface FeatureExtractor {
  /** Columns of a condition's view of a patient: shared ones first, then its own. */
  readonly sharedColumns: number;
  readonly ownColumns: number;
  /** What each column is, for example `present:fever` or `inside:pain-location`; shared ones first. */
  readonly names: readonly string[];
  /** The finding each column speaks of, -1 where it speaks of none. */
  readonly findingOf: Int32Array;
  extract(evidence: Evidence): Features;
}

/** Own columns that every condition sees of every condition. */
const WIDE = ["effective", "weight"] as const;

export function featureExtractor(model: LikelihoodModel): FeatureExtractor {
  const shared = patientFeatures(model);
  const own = matchFeatures(model);
  const conditions = model.conditions.length;
  const wide = WIDE.flatMap((name) => model.conditions.map((condition) => `${name}@${condition}`));
  const sharedColumns = shared.columns.length + wide.length;
  const ownColumns = own.columns.length;
  const columns: Column[] = [...shared.columns, ...wide.map((name) => ({ name, finding: -1 })), ...own.columns];
  return {
    sharedColumns,
    ownColumns,
    names: columns.map(({ name }) => name),
    findingOf: Int32Array.from(columns, ({ finding }) => finding),
    extract(evidence) {
      const features = { shared: new Float64Array(sharedColumns), own: new Float64Array(conditions * ownColumns) };
      shared.fill(evidence, features.shared);
      own.fill(evidence, features.own);
      let column = shared.columns.length;
      for (const name of WIDE) {
        for (let c = 0; c < conditions; c++) features.shared[column++] = features.own[c * ownColumns + MATCH[name]]!;
      }
      return features;
    },
  };
}
