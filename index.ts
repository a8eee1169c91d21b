/** The names most people need; each room has more behind its own subpath. */
export { bayesAgent } from "./agents/index.ts";
export {
  type BotOptions,
  botFrameworkChannel,
  type Channel,
  type ConsultationOptions,
  createConsultation,
  openPractice,
  type Reply,
  rasaChannel,
  serveWebhooks,
  signedWebhookChannel,
  telegramChannel,
  twilioChannel,
  webhookListener,
  webhookSignature,
  whatsappChannel,
} from "./apps/bots/index.ts";
export { type Bundle, fhirBundle, type PriorFindings, priorFindings } from "./apps/fhir/index.ts";
export { composeReward, consult, consultationEnvironment, runInterview } from "./environments/index.ts";
export {
  type Case,
  type CaseSource,
  loadKnowledgeBase,
  openCaseSource,
  type Patient,
  Persona,
  patientFor,
  STARTER_DIRECTORY,
} from "./simulators/index.ts";
export {
  type Act,
  type AgentCore,
  AnamnesisError,
  buildLexicon,
  type Conclude,
  type Consultation,
  type ConsultationEvent,
  type Differential,
  type Intake,
  type KnowledgeBase,
  type ObservedFinding,
  parseMove,
  renderMove,
  replay,
} from "./src/index.ts";
