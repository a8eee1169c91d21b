/** A vendor's API on this machine that records what bots post to it, or refuses it as it is told to. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Posted {
  readonly path: string;
  readonly authorization: string;
  // biome-ignore lint/suspicious/noExplicitAny: what was posted is looked at by the tests.
  readonly body: any;
}

/** What is answered to the next posts; then everything is taken. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Takes the post, and breaks the connection. */
  readonly breaks?: boolean;
  /** Takes the post, and never answers. */
  readonly hangs?: boolean;
}

export interface Answered {
  readonly status?: number;
  readonly json: object;
}

/** `more` answers what is no post of a bot. */
export async function recordingVendor(more: (path: string, body: string) => Promise<Answered | undefined>) {
  const posted: Posted[] = [];
  const refusals: Refusal[] = [];
  const server = createServer(async (request, response) => {
    const path = request.url ?? "";
    const body = await text(request);
    const answer = (status: number, json: object, headers = {}): unknown =>
      response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(json));
    const other = await more(path, body);
    if (other) return answer(other.status ?? 200, other.json);
    const refusal = refusals.shift();
    if (refusal && !refusal.breaks && !refusal.hangs) return answer(refusal.status, {}, refusal.headers);
    posted.push({ path, authorization: request.headers.authorization ?? "", body: JSON.parse(body) });
    if (refusal?.breaks) response.destroy();
    else if (!refusal) answer(200, { id: String(posted.length) });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posted,
    refusals,
    async end() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
