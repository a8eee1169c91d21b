/** The tools, one a thing that can be done with a consultation. Whose they are, and what may be seen, is the holder's. */
import { randomUUID } from "node:crypto";
import { fhirBundle } from "../../fhir/index.ts";
import { ServerError } from "../../server/errors.ts";
import { exchange } from "../../server/exchange.ts";
import { DISCLAIMER } from "../../server/log-messages.ts";
import type { DifferentialView } from "../../server/protocol.ts";
import { knownFrom } from "../../server/record.ts";
import type { RouteContext } from "../../server/routes.ts";
import type { Holder } from "../../server/tokens.ts";
import { redFlagsIn, triageOf, warningOf } from "../triage.ts";
import { type Tool, tool } from "./tool.ts";
import * as types from "./types.ts";

/** What the tools need of a server. */
export type McpContext = Pick<RouteContext, "hub" | "store" | "conversation" | "clock" | "log" | "version">;

export function toolsFor(holder: Holder, context: McpContext): readonly Tool[] {
  const all = [start, answer, triage, exportFhir, readTranscript, deleteConsultation];
  const tools = holder.audience === "clinician" ? [...all, differential] : all;
  return tools.map((make) => make(holder, context));
}

type Make = (holder: Holder, context: McpContext) => Tool;

const start: Make = (holder, context) =>
  tool({
    name: "start_consultation",
    title: "Start a consultation",
    description: `Begins a consultation of one person, who was shown this and agreed: "${DISCLAIMER}"`,
    input: types.Start,
    output: types.Started,
    async call({ consent, record, ...given }) {
      if (!consent) throw new ServerError("consent-required", "nothing is asked without consent");
      const { conversation, hub } = context;
      const known = record && knownFrom(record, given, context);
      const session = await hub.open(holder, consent, known?.person ?? given, known?.findings);
      const [opened] = session.messages(holder.audience, 0);
      const text = opened?.type === "opened" ? opened.prompt : "";
      const nameOf = (id: string) => conversation.base.findings.find((finding) => finding.id === id)?.name ?? id;
      const told = {
        consultation: session.id,
        disclaimer: DISCLAIMER,
        text,
        suggestions: [],
        ...(known && {
          record: {
            findings: known.findings.map(({ finding, state }) => ({ name: nameOf(finding), state })),
            notUnderstood: known.notUnderstood.map(({ resourceType, place, reason }) => ({
              resourceType,
              place,
              reason,
            })),
          },
        }),
      };
      return { told, words: `Consultation ${session.id}\n\n${text}` };
    },
  });

const answer: Make = (holder, { hub }) =>
  tool({
    name: "answer",
    title: "Answer",
    description: "Gives the person's own words to the consultation; the answer is the next question, or how it ends.",
    input: types.Say,
    output: types.Answered,
    hints: { idempotentHint: false },
    async call({ consultation, text: said, id = randomUUID() }) {
      const session = await hub.find(holder, consultation);
      const { text, suggestions, ended, repeated, messages } = await exchange(hub, holder, session, { id, text: said });
      const redFlags = redFlagsIn(messages);
      const words = [
        ...redFlags.map((flag) => `RED FLAG: ${warningOf(flag)}`),
        text,
        ...(suggestions.length > 0 ? [`(${suggestions.join(" / ")})`] : []),
      ];
      const told = { consultation, text, suggestions: [...suggestions], ended, redFlags, repeated };
      return { told, words: words.join("\n\n") };
    },
  });

const triage: Make = (holder, { hub }) =>
  tool({
    name: "triage",
    title: "Triage",
    description: "How soon the person should be seen, what to do next, and red flags: as far as it is known.",
    input: types.Which,
    output: types.TriageOf,
    hints: { readOnlyHint: true },
    async call({ consultation }) {
      const session = await hub.find(holder, consultation);
      const found = triageOf(session.messages(holder.audience, 0), session.ended);
      const { urgency, nextStep, redFlags } = found;
      const words = [
        ...redFlags.map((flag) => `RED FLAG: ${warningOf(flag)}`),
        urgency ? `Urgency: ${urgency}.` : "How urgent it is, is not known yet.",
        ...(nextStep === undefined ? [] : [nextStep]),
      ];
      return { told: { consultation, ...found }, words: words.join("\n\n") };
    },
  });

const differential: Make = (holder, { hub }) =>
  tool({
    name: "differential",
    title: "Differential",
    description:
      "For clinicians: the conditions that fit, each with its probability and what speaks for and against it.",
    input: types.Which,
    output: types.Differential,
    hints: { readOnlyHint: true },
    async call({ consultation }) {
      const session = await hub.find(holder, consultation);
      const view = session.differential();
      const told = { consultation, disclaimer: DISCLAIMER, ended: session.ended, differential: view };
      return { told, words: `${listed(view)}\n\n${DISCLAIMER}` };
    },
  });

function listed({ conditions, other }: DifferentialView): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const names = (evidence: readonly { readonly name: string }[]): string => evidence.map(({ name }) => name).join(", ");
  const ranked = Object.values(conditions).sort((a, b) => b.probability - a.probability);
  const lines = ranked.map(({ name, probability, for: pro, against }) => {
    const why = [pro.length > 0 && `for: ${names(pro)}`, against.length > 0 && `against: ${names(against)}`];
    const reasons = why.filter(Boolean).join("; ");
    return `${percent(probability)} ${name}${reasons && ` (${reasons})`}`;
  });
  return [...lines, `${percent(other)} other`].join("\n");
}

const exportFhir: Make = (holder, { hub, store, conversation: { base, safety } }) =>
  tool({
    name: "export_fhir",
    title: "Export as FHIR",
    description: "The consultation as a FHIR R4 Bundle, for the audience of the token.",
    input: types.Which,
    output: types.Exported,
    hints: { readOnlyHint: true },
    async call({ consultation }) {
      await hub.find(holder, consultation);
      const stored = await store.read(consultation);
      if (stored.length === 0) throw new ServerError("not-found", "no such consultation");
      const events = stored.map(({ event }) => event);
      const bundle = fhirBundle(events, base, { audience: holder.audience, head: stored.at(-1)!.hash, safety });
      return { told: { bundle: { ...bundle } }, words: JSON.stringify(bundle) };
    },
  });

const readTranscript: Make = (holder, { hub }) =>
  tool({
    name: "read_transcript",
    title: "Read the transcript",
    description: "Everything that was said and understood so far, as told to the audience of the token.",
    input: types.Which,
    output: types.Transcript,
    hints: { readOnlyHint: true },
    async call({ consultation }) {
      const session = await hub.find(holder, consultation);
      const { audience } = holder;
      const messages = session.messages(audience, 0);
      const lines = messages.flatMap((message) =>
        "text" in message ? [`${message.type === "said" ? "Person" : "Agent"}: ${message.text}`] : [],
      );
      return { told: { consultation, audience, disclaimer: DISCLAIMER, messages }, words: lines.join("\n") };
    },
  });

const deleteConsultation: Make = (holder, { hub }) =>
  tool({
    name: "delete_consultation",
    title: "Delete a consultation",
    description: "Deletes the consultation and everything that was said in it. It cannot be taken back.",
    input: types.Which,
    output: types.Deleted,
    hints: { destructiveHint: true, idempotentHint: true },
    async call({ consultation }) {
      await hub.delete(holder, consultation);
      return { told: { consultation, deleted: true as const }, words: "Deleted." };
    },
  });
