/** A consultation made ready for export: its events, what they fold to, who it is for, and the names of its resources. */
import {
  type Consultation,
  type ConsultationEvent,
  canonicalJson,
  chainHashes,
  type Finding,
  GENESIS_HASH,
  type KnowledgeBase,
  type ObservedFinding,
  replay,
} from "../../src/index.ts";
import { type Outcome, outcomeOf } from "../handover/outcome.ts";
import { sha256 } from "../server/stores/entry.ts";
import { type Codes, codesOf } from "./codes.ts";
import { instantOf, urnOf, uuidOf } from "./primitives.ts";
import { type FhirAudience, FhirError, type Reference } from "./types.ts";

/** What says another thing to each audience, and must not be taken for the other's. */
const TWOFOLD: ReadonlySet<string> = new Set(["ClinicalImpression", "Provenance", "AuditEvent"]);

export interface Dossier {
  readonly base: KnowledgeBase;
  readonly findings: ReadonlyMap<string, Finding>;
  readonly codes: Codes;
  readonly events: readonly ConsultationEvent[];
  readonly consultation: Consultation;
  /** What clinicians made of it, once it ended. */
  readonly outcome?: Outcome | undefined;
  readonly audience: FhirAudience;
  /** Hash of the last event in the chain. */
  readonly head: string;
  readonly opened: Extract<ConsultationEvent, { type: "opened" }>;
  readonly last: ConsultationEvent;
  /** Time of the first and of the last event. */
  readonly from: string;
  readonly to: string;
  /** The same at every export: by the consultation, the event it comes from, and what it is of. */
  id(resourceType: string, seq: number, of?: string): string;
  /** What nearly every resource says: whose it is, in which encounter. */
  readonly subject: Reference;
  readonly encounter: Reference;
  readonly device: Reference;
}

export function dossierOf(
  events: readonly ConsultationEvent[],
  base: KnowledgeBase,
  { audience, head }: { readonly audience: FhirAudience; readonly head?: string | undefined },
): Dossier {
  const consultation = replay(events);
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  checkKnown(events, base, findings);
  const [opened, last] = [events[0]!, events.at(-1)!];
  if (opened.type !== "opened") throw new Error("a replayed list begins with `opened`");
  const id: Dossier["id"] = (resourceType, seq, of = "") =>
    uuidOf(JSON.stringify([consultation.id, resourceType, seq, of, TWOFOLD.has(resourceType) ? audience : ""]));
  const reference = (resourceType: string): Reference => ({ reference: urnOf(id(resourceType, 0)) });
  return {
    base,
    findings,
    codes: codesOf(base),
    events,
    consultation,
    outcome: outcomeOf(events),
    audience,
    head: head ?? chainHashes(GENESIS_HASH, events.map(canonicalJson), sha256).at(-1)!,
    opened,
    last,
    from: instantOf(opened.time),
    to: instantOf(last.time),
    id,
    subject: reference("Patient"),
    encounter: reference("Encounter"),
    device: reference("Device"),
  };
}

/** Refuses events of another knowledge base: their ids would be exported without what they mean. */
function checkKnown(
  events: readonly ConsultationEvent[],
  base: KnowledgeBase,
  findings: ReadonlyMap<string, Finding>,
): void {
  const conditions = new Set(base.conditions.map(({ id }) => id));
  const refuse = (seq: number, what: string): never => {
    const made = events[0]?.type === "opened" ? events[0].versions.knowledge : undefined;
    const message = `speaks of ${what}, which the knowledge base ${base.id} ${base.version} does not hold; give the one that the consultation was held with${made ? ` (${made})` : ""}`;
    throw new FhirError("knowledge-mismatch", message, { place: { field: `events[${seq}]` } });
  };
  const check = (seq: number, { finding: id, values }: ObservedFinding): void => {
    const finding = findings.get(id) ?? refuse(seq, `the finding ${id}`);
    const unknown = values?.find((value) => !finding.values.some((each) => each.id === value));
    if (unknown !== undefined) refuse(seq, `the value ${unknown} of ${id}`);
  };
  for (const event of events) {
    if (event.type === "opened") for (const observed of event.intake.findings) check(event.seq, observed);
    if (event.type === "finding-observed" || event.type === "finding-corrected") check(event.seq, event.observed);
    if ((event.type === "concluded" || event.type === "reviewed") && event.conclusion) {
      const unknown = event.conclusion.differential.entries.find(({ condition }) => !conditions.has(condition));
      if (unknown) refuse(event.seq, `the condition ${unknown.condition}`);
    }
  }
}
