/** The ground floor: clinical vocabulary, events, differentials, red flags, triage, metrics. No I/O. */
export { Act, Ask, Conclude, Examine, HandOff, inquiryAbout, isTold, StopReason } from "./acts.ts";
export { PRIOR_BANDS, PROBABILITY_BANDS, type PriorBand, type ProbabilityBand } from "./bands.ts";
export { believed, type Consultation, nextAct, replay } from "./consultation.ts";
export { Differential, DifferentialEntry, entropy, rankDifferential, rankOf } from "./differential.ts";
export { AnamnesisError, ClinicalError, type ErrorOptions, type Fault, formatPlace, type Place } from "./errors.ts";
export {
  type Breach,
  type ChainVerdict,
  canonicalJson,
  chainHashes,
  type Digest,
  GENESIS_HASH,
  verifyChain,
} from "./event-chain.ts";
export { type Appended, type EventStore, SequenceConflict, StoredEvent, StoreError } from "./event-store.ts";
export {
  Actor,
  Attachment,
  ConsultationEvent,
  checkSequence,
  type EventBody,
  EventLog,
  type EventType,
  endingOf,
  eventAt,
  ReviewDecision,
} from "./events.ts";
export { type Chance, chanceGiven, evidenceWeight, shareIn } from "./evidence-weight.ts";
export { fold, stem, strengthOf, wordsOf } from "./lexicon/words.ts";
export {
  buildLexicon,
  type Lexicon,
  type Match,
  polarityOf,
  readAnswer,
  spokenValue,
  type TimeSaid,
  timesSaid,
  timeValue,
} from "./lexicon.ts";
export {
  buildLikelihoodModel,
  type FindingModel,
  type LikelihoodModel,
  outcomesOf,
  PROBABILITY_FLOOR,
  priorWeight,
  probabilityOf,
} from "./likelihood.ts";
export { drawResamples, type Interval, interval, MeanTally, type Resampling } from "./metrics/bootstrap.ts";
export { type CalibrationBin, CalibrationTally } from "./metrics/calibration.ts";
export {
  type MetricName,
  type Metrics,
  Scoreboard,
  type ScoreboardResult,
  type ScoredCase,
} from "./metrics/scoreboard.ts";
export {
  compareLists,
  type FinishedConsultation,
  LISTED_ABOVE,
  SCORES,
  type ScoreName,
  type Scores,
  scoreConsultation,
} from "./metrics/scores.ts";
export { type FilteredText, filterOutput, isForbidden } from "./output-filter.ts";
export {
  type AgentCore,
  type Clock,
  type Diagnostician,
  type Speaker,
  type SpeakerContext,
  type SpeakerTurn,
  steppingClock,
  systemClock,
} from "./ports.ts";
export {
  type Move,
  PARSE_FAILURES,
  type ParsedMove,
  type ParseFailure,
  parseMove,
  parseMoveLeniently,
  renderMove,
} from "./protocol.ts";
export { drawIndex, pick, type Random, seededRandom, shuffled } from "./random.ts";
export {
  CONCLUSION_FLAGS,
  concerns,
  flagOfConclusion,
  looksAt,
  type Observations,
  parseTerm,
  raisedRedFlags,
} from "./red-flags.ts";
export {
  REDACTED_KINDS,
  type Redacted,
  type RedactedKind,
  type Redaction,
  type RedactionVocabulary,
  redact,
  redactionVocabulary,
  type VocabularyTexts,
} from "./redaction.ts";
export { NOTHING_SPENT, type Spending, spend } from "./spending.ts";
export {
  mostUrgent,
  type Support,
  urgenciesOf,
  urgencyLevel,
  urgencyOf,
  urgencyWithFlags,
} from "./triage.ts";
export { type Crisis, readCrisis } from "./understanding/crisis.ts";
export { saysDoubt } from "./understanding/doubts.ts";
export {
  type Agreement,
  factText,
  type Miss,
  scoreUnderstanding,
  type UnderstandingScore,
  Utterance,
} from "./understanding/utterances.ts";
export {
  INTENTS,
  type Intent,
  meansCrisis,
  type UnderstandingContext,
  type Understood,
  understand,
} from "./understanding.ts";
export {
  AGE_GROUPS,
  Age,
  AgeGroup,
  ageGroupOf,
  appliesTo,
  Condition,
  Finding,
  FindingKind,
  FindingValue,
  Id,
  Intake,
  KnowledgeBase,
  Likelihood,
  ObservedFinding,
  Prior,
  Probability,
  RedFlagRule,
  RuleTerm,
  Sex,
  URGENCIES,
  Urgency,
} from "./vocabulary.ts";
