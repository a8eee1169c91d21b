/** What can stand in a client's way besides the server's own refusals, each with what to do. */
import { CLOSE, LONGEST_TEXT } from "../server/protocol.ts";
import type { ConnectionStatus, Problem } from "./types.ts";

/** Raised where a connection cannot be had. `retryable`: the same again can succeed. */
export class ChatProblem extends Error {
  readonly problem: Problem;
  readonly retryable: boolean;

  constructor(problem: Problem, retryable: boolean, cause?: unknown) {
    super(`${problem.message}. ${problem.advice}`, { cause });
    this.name = "ChatProblem";
    this.problem = problem;
    this.retryable = retryable;
  }
}

export const UNREACHABLE: Problem = {
  code: "unreachable",
  message: "the server cannot be reached",
  advice: "Check the network and the address. It is tried again by itself.",
};

export const NOT_UNDERSTOOD: Problem = {
  code: "not-understood",
  message: "the server says what this client does not understand",
  advice: "Load the page again, or use a client of the server's version.",
};

export const TOO_LONG: Problem = {
  code: "too-long",
  message: `more than ${LONGEST_TEXT.toLocaleString("en")} characters at once`,
  advice: "Say it in fewer words, or in several messages.",
};

/** What a close of the server means: to be left alone, or final. Every other code is a loss, after which one connects again. */
export const CLOSES: Readonly<
  Record<number, { readonly connection: Extract<ConnectionStatus, "resting" | "closed">; readonly problem?: Problem }>
> = {
  [CLOSE.notOpened]: { connection: "resting" },
  [CLOSE.idle]: { connection: "resting" },
  [CLOSE.deleted]: {
    connection: "closed",
    problem: { code: "deleted", message: "the conversation was deleted", advice: "Begin a new one." },
  },
  [CLOSE.policy]: {
    connection: "closed",
    problem: {
      code: "policy",
      message: "the server ended the connection, since too much was refused",
      advice: "Wait a minute, then resume the conversation.",
    },
  },
  [CLOSE.notText]: { connection: "closed", problem: NOT_UNDERSTOOD },
  1009: { connection: "closed", problem: TOO_LONG },
};
