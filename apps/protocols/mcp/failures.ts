/** Refusals as tool errors: what went wrong, whether the same again can succeed, and what to do. Nothing of the inside. */
import type { CallToolResult } from "@modelcontextprotocol/server";
import { AnamnesisError } from "../../../src/index.ts";
import { ServerError } from "../../server/errors.ts";
import type { Log } from "../../server/log.ts";
import { DISCLAIMER } from "../../server/log-messages.ts";
import type { Fault } from "../../server/protocol.ts";
import { refused } from "../../server/refused.ts";

const OTHER_ADVICE = "See docs/protocols.md.";

export function failureOf(thrown: unknown, log: Log): CallToolResult {
  const error = faultOf(thrown, log);
  const needsConsent = error.code === "consent-required";
  const structuredContent = { error: { ...error }, ...(needsConsent && { disclaimer: DISCLAIMER }) };
  const lines = [`${error.code}: ${error.message}. ${error.advice}`, ...(needsConsent ? [DISCLAIMER] : [])];
  return { isError: true, content: [{ type: "text", text: lines.join("\n") }], structuredContent };
}

function faultOf(thrown: unknown, log: Log): Fault {
  if (thrown instanceof AnamnesisError && !(thrown instanceof ServerError) && thrown.fault === "input")
    return { code: thrown.code, message: thrown.message, retryable: false, advice: OTHER_ADVICE };
  return refused(thrown, log).told();
}
