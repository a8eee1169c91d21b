/** A request to the server's REST interface with the token of this tab; what the server refuses is thrown with its advice. */

/** The server refused, or could not be reached (`unreachable`). */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export async function call(
  method: "GET" | "POST",
  path: string,
  token: string | undefined,
  body?: object,
): Promise<Response> {
  const headers: HeadersInit = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body && { "content-type": "application/json" }),
  };
  const answer = await fetch(path, { method, headers, ...(body && { body: JSON.stringify(body) }) }).catch((cause) => {
    throw new Refusal("unreachable", "The server cannot be reached; it is tried again.", cause);
  });
  if (answer.ok) return answer;
  const { error } = (await answer.json().catch(() => ({}))) as {
    error?: { code: string; message: string; advice: string };
  };
  if (!error) throw new Refusal("internal", `The server refused (status ${answer.status}). Try again in a moment.`);
  throw new Refusal(error.code, `${error.message}. ${error.advice}`);
}
