/** Refusals in the protocol's own errors. Nothing of the inside is told. */
import { A2AError, RequestMalformedError, TaskNotFoundError, UnsupportedOperationError } from "@a2a-js/sdk/errors";
import type { ServerError } from "../../server/errors.ts";
import type { Log } from "../../server/log.ts";
import { refused } from "../../server/refused.ts";

export function failureOf(thrown: unknown, log: Log): A2AError {
  if (thrown instanceof A2AError) return thrown;
  return failureFor(refused(thrown, log));
}

function failureFor(refusal: ServerError): A2AError {
  const { code, message, retryable, advice } = refusal.told();
  const options = { message: `${message}. ${advice}`, metadata: { code, retryable: String(retryable) } };
  switch (refusal.code) {
    case "not-found":
      return new TaskNotFoundError(options);
    case "bad-message":
    case "too-large":
      return new RequestMalformedError(options);
    case "full":
    case "forbidden":
      return new UnsupportedOperationError(options);
    default:
      return new A2AError(options);
  }
}
