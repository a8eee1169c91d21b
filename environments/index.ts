/** Episodes and rewards over a simulated patient. Takes any policy, any agent core. */

export { type CodedEpisode, type CodedStep, codedEpisodes } from "./coded.ts";
export { type ConsultOptions, consult, inWords } from "./consult.ts";
export { concludeRanking, type EpisodeEnd, type Finish, rankedDifferential } from "./course.ts";
export {
  type ConsultationEnvironment,
  consultationEnvironment,
  consultationEnvironments,
  EnvironmentOptions,
  introduction,
  notUnderstood,
  type Observation,
  type Step,
} from "./environment.ts";
export { EpisodeError } from "./errors.ts";
export { ABSTENTION, type InterviewOptions, type InterviewRecord, runInterview } from "./interview.ts";
export { type ConditionNames, conditionNames, labelCondition, openLabel } from "./labels.ts";
export {
  composeReward,
  type Episode,
  isUnsafe,
  REWARD_TERMS,
  type Reward,
  RewardConfig,
  type RewardTerm,
} from "./rewards.ts";
export { transcribe } from "./transcript.ts";
