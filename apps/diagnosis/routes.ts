/**
 * The stateless API over REST: each request brings everything, nothing of it is kept or logged. What shows probabilities is
 * for clinicians: `explain`, and the conditions of `diagnosis`.
 */
import type { ServedConversation } from "../server/conversation.ts";
import { ServerError } from "../server/errors.ts";
import type { Call, Route, RouteContext } from "../server/routes.ts";
import { conditionsOf, findingsOf } from "./catalogue.ts";
import { diagnose } from "./diagnosis.ts";
import { explain } from "./explain.ts";
import { parse } from "./parse.ts";
import { type Reasoner, reasonerOf } from "./reasoner.ts";
import { suggest } from "./suggest.ts";
import { triage } from "./triage.ts";
import {
  Conditions,
  DiagnosisAnswer,
  DiagnosisRequest,
  ExplainAnswer,
  ExplainRequest,
  Findings,
  ParseAnswer,
  ParseRequest,
  SuggestAnswer,
  SuggestRequest,
  TriageAnswer,
} from "./types.ts";

const reasoners = new WeakMap<ServedConversation, Reasoner>();

/** What a served conversation reasons with, made ready at the first request. */
function reasonerIn({ conversation }: RouteContext): Reasoner {
  const reasoner = reasoners.get(conversation) ?? reasonerOf(conversation.parts);
  reasoners.set(conversation, reasoner);
  return reasoner;
}

/** The body, which the server has checked; who may not go on after a red flag is refused. */
function requestOf<Request extends DiagnosisRequest>({ body, holder }: Call): Request {
  const request = body as Request;
  if (request.extras?.on_red_flag === "record" && holder.audience !== "clinician")
    throw new ServerError("forbidden", "to go on after a red flag is for clinicians");
  return request;
}

export const DIAGNOSIS_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/parse",
    operation: "parse",
    summary: "Words to evidence, with red flags and crises told beside it. Nothing of the text is kept.",
    body: { name: "ParseRequest", schema: ParseRequest },
    status: 200,
    answer: { name: "ParseAnswer", schema: ParseAnswer },
    handle: async ({ body }, context) => parse(reasonerIn(context), body as ParseRequest),
  },
  {
    method: "POST",
    path: "/v1/suggest",
    operation: "suggest",
    summary: "Findings to ask about besides: likely in this person, alarming, or telling most.",
    body: { name: "SuggestRequest", schema: SuggestRequest },
    status: 200,
    answer: { name: "SuggestAnswer", schema: SuggestAnswer },
    handle: async (call, context) => suggest(reasonerIn(context), requestOf<SuggestRequest>(call)),
  },
  {
    method: "POST",
    path: "/v1/diagnosis",
    operation: "diagnose",
    summary: "The next question for the evidence so far; for clinicians the conditions with probabilities too.",
    body: { name: "DiagnosisRequest", schema: DiagnosisRequest },
    status: 200,
    answer: { name: "DiagnosisAnswer", schema: DiagnosisAnswer },
    handle: async (call, context) => diagnose(reasonerIn(context), requestOf(call), call.holder.audience),
  },
  {
    method: "POST",
    path: "/v1/triage",
    operation: "triage",
    summary: "How soon the person should be seen, in five levels, and the evidence behind it.",
    body: { name: "DiagnosisRequest", schema: DiagnosisRequest },
    status: 200,
    answer: { name: "TriageAnswer", schema: TriageAnswer },
    handle: async (call, context) => triage(reasonerIn(context), requestOf(call)),
  },
  {
    method: "POST",
    path: "/v1/explain",
    operation: "explain",
    summary: "What speaks for a condition and against it, and what is not known yet. For clinicians.",
    body: { name: "ExplainRequest", schema: ExplainRequest },
    status: 200,
    answer: { name: "ExplainAnswer", schema: ExplainAnswer },
    clinicianOnly: true,
    handle: async (call, context) => explain(reasonerIn(context), requestOf<ExplainRequest>(call)),
  },
  {
    method: "GET",
    path: "/v1/findings",
    operation: "listFindings",
    summary: "What can be sent as evidence.",
    status: 200,
    answer: { name: "Findings", schema: Findings },
    handle: async (_, { conversation }) => findingsOf(conversation.base),
  },
  {
    method: "GET",
    path: "/v1/conditions",
    operation: "listConditions",
    summary: "What the differential can hold.",
    status: 200,
    answer: { name: "Conditions", schema: Conditions },
    handle: async (_, { conversation }) => conditionsOf(conversation.base),
  },
];
