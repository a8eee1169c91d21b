/** The queue as the contract has it, scripted: answers go through the server's own schemas. */
import type { z } from "zod";
import { Dossier, Queue, type QueueEntry, Review, SentAgain, Undelivered } from "../../../apps/handover/api.ts";
import type { Endpoint, Endpoints } from "../../../apps/server/endpoint.ts";
import { ServerError } from "../../../apps/server/errors.ts";
import { readJson } from "../../../apps/server/rest.ts";
import type { Holder } from "../../../apps/server/tokens.ts";

export interface ScriptedQueue {
  readonly dossiers: Map<string, Dossier>;
  undelivered: Undelivered["undelivered"];
  readonly reviews: Review[];
  readonly endpoints: Endpoints;
}

const rank: Record<string, number> = { "emergency-ambulance": 0, emergency: 1, "within-24-hours": 2, consultation: 3 };

export function scriptedQueue(dossiers: readonly Dossier[]): ScriptedQueue {
  const kept = new Map(dossiers.map((dossier) => [dossier.entry.consultation, dossier]));
  const reviews: Review[] = [];
  const script: ScriptedQueue = { dossiers: kept, undelivered: [], reviews, endpoints: () => [] };
  const entries = (): QueueEntry[] => [...kept.values()].map(({ entry }) => entry);
  const clinician = ({ audience }: Holder): void => {
    if (audience !== "clinician") throw new ServerError("forbidden", "this is for clinicians");
  };
  const dossierOf = (id: string): Dossier => {
    const dossier = kept.get(id);
    if (!dossier) throw new ServerError("not-found", "no such consultation");
    return dossier;
  };
  const endpoint = (
    method: "GET" | "POST",
    path: string,
    schema: z.ZodType,
    act: (id: string, body: () => Promise<unknown>) => unknown,
  ): Endpoint => ({
    method,
    path,
    operation: `${method}${path}`.replace(/\W/g, ""),
    summary: "scripted",
    answers: [{ status: 200, description: "scripted" }],
    guard: "token",
    async serve(request, response, { holder, id }) {
      clinician(holder);
      const answer = schema.parse(await act(id, () => readJson(request, Review, 1e6)));
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    },
  });
  const endpoints = [
    endpoint("GET", "/v1/queue", Queue, () => ({
      waiting: entries()
        .filter(({ review }) => !review)
        .sort((a, b) => (rank[a.urgency ?? ""] ?? 4) - (rank[b.urgency ?? ""] ?? 4)),
      decided: entries().filter(({ review }) => review),
    })),
    endpoint("GET", "/v1/queue/{consultation}", Dossier, dossierOf),
    endpoint("POST", "/v1/queue/{consultation}/review", Dossier, async (id, body) => {
      const dossier = dossierOf(id);
      const review = (await body()) as Review;
      if (review.seq !== dossier.seq) throw new ServerError("review-changed", "something happened since");
      reviews.push(review);
      const time = new Date().toISOString();
      const seq = dossier.seq + 1;
      const { decision, note } = review;
      const message = { type: "reviewed" as const, seq, reviewer: "ward-3", decision, ...(note && { note }) };
      const decided: Dossier = {
        ...dossier,
        seq,
        entry: { ...dossier.entry, review: { decision, reviewer: "ward-3", time } },
        messages: [...dossier.messages, message],
        ...(review.decision === "edited" && review.summary && { summary: review.summary }),
      };
      kept.set(id, decided);
      return decided;
    }),
    endpoint("GET", "/v1/undelivered", Undelivered, () => ({ undelivered: script.undelivered })),
    endpoint("POST", "/v1/undelivered/{consultation}", SentAgain, (consultation) => {
      const found = script.undelivered.find((each) => each.consultation === consultation);
      script.undelivered = script.undelivered.filter((each) => each !== found);
      return { consultation, to: found!.to };
    }),
  ];
  return Object.assign(script, { endpoints: () => endpoints });
}

/** A dossier whose words one can recognise. */
export function dossier(
  consultation: string,
  { waited = 12, ...entry }: Partial<QueueEntry> & { waited?: number } = {},
): Dossier {
  return {
    entry: {
      consultation,
      since: new Date(Date.now() - waited * 60_000).toISOString(),
      end: "concluded",
      redFlags: 0,
      urgency: "consultation",
      age: 54,
      sex: "male",
      complaint: "I have had a cough and a fever of 39 for three days, and my chest hurts when I breathe in",
      ...entry,
    },
    seq: 14,
    summary: {
      subjective: "54 years, male. Cough and fever for three days; chest pain on breathing in. No blood.",
      objective: "Body temperature 39 °C (told by the person). Nothing was examined.",
      assessment: "Community-acquired pneumonia leads (62 %), then acute bronchitis. No red flag fired.",
      plan: "The person was told to see a clinician in the next days.",
    },
    differential: {
      conditions: {
        pneumonia: {
          name: "Community-acquired pneumonia",
          probability: 0.62,
          for: [{ finding: "fever", name: "fever", state: "present", weight: 1.4 }],
          against: [{ finding: "dyspnea", name: "shortness of breath", state: "absent", weight: -0.4 }],
        },
        bronchitis: { name: "Acute bronchitis", probability: 0.21, for: [], against: [] },
        influenza: { name: "Influenza", probability: 0.09, for: [], against: [] },
      },
      other: 0.08,
    },
    messages: [
      {
        type: "opened",
        seq: 1,
        consultation,
        audience: "clinician",
        disclaimer: "No diagnosis.",
        prompt: "What brings you here?",
      },
      { type: "said", seq: 2, text: "I have had a cough and a fever of 39 for three days" },
      { type: "understood", seq: 3, finding: "fever", name: "fever", state: "present", corrected: false },
      { type: "question", seq: 4, turn: 1, kind: "ask", text: "Are you short of breath?", suggestions: [] },
      { type: "said", seq: 5, text: "No" },
    ],
    disclaimer: "This is decision support, and no diagnosis. It was not clinically validated.",
  };
}
