/** Chat clients for tests, closed after their test, and waiting until their state is as it should be. */
import { onTestFinished } from "vitest";
import { type ChatClient, type ChatClientOptions, type ChatState, openChat } from "../../../apps/client/index.ts";

export const socketOf = (url: string): string => `${url.replace(/^http/, "ws")}/v1/chat`;

/** `url`: of the server. Tries again within milliseconds, always the same ones. */
export function chatting(url: string, options: Partial<ChatClientOptions> = {}): ChatClient {
  const client = openChat({ url: socketOf(url), backoffMs: { first: 5, most: 20 }, jitter: () => 1, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** The state in which something holds. */
export function until(client: ChatClient, holds: (state: ChatState) => boolean): Promise<ChatState> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (!holds(client.state)) return;
      end();
      clearTimeout(limit);
      resolve(client.state);
    };
    const end = client.subscribe(look);
    const limit = setTimeout(() => {
      end();
      reject(new Error(`still ${JSON.stringify(client.state, undefined, 1)}`));
    }, 10_000);
    look();
  });
}

export const isOpen = ({ connection }: ChatState): boolean => connection === "open";
/** Everything that was said has its answer. */
export const isAnswered = ({ awaiting, connection }: ChatState): boolean => !awaiting && connection === "open";

export async function begun(client: ChatClient, person = {}): Promise<string> {
  client.begin(person);
  return (await until(client, ({ consultation }) => consultation !== undefined)).consultation!;
}

export async function say(client: ChatClient, text: string): Promise<ChatState> {
  client.say(text);
  return until(client, isAnswered);
}

export const textsOf = ({ entries }: ChatState): string[] =>
  entries.map((entry) => ("text" in entry ? entry.text : ""));
export const wordsOf = ({ entries }: ChatState): string[] =>
  entries.flatMap((entry) => (entry.kind === "person" ? [entry.text] : []));

/** What there is to see, without what is a client's own. */
export const shown = ({ entries, understood, question }: ChatState): object => ({
  entries: entries.map(({ key: _, ...entry }) => entry),
  understood,
  question,
});
