/**
 * A chat with a running server by OpenAI's client, streamed. The client knows nothing of this project: any other will do.
 * `anamnesis serve`, then `node examples/protocols/openai.ts http://127.0.0.1:8080 [TOKEN]`
 */
import { createInterface } from "node:readline/promises";
import OpenAI from "openai";
import type { ChatCompletionMessageParam } from "openai/resources/chat/completions";

const [url = "http://127.0.0.1:8080", token = process.env.ANAMNESIS_TOKEN ?? "none"] = process.argv.slice(2);
const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: token });
const messages: ChatCompletionMessageParam[] = [];
const terminal = createInterface({ input: process.stdin });

console.log("Write anything to begin; Ctrl-D ends it.");
process.stdout.write("> ");
for await (const line of terminal) {
  messages.push({ role: "user", content: line });
  const stream = await openai.chat.completions.create({ model: "anamnesis", messages, stream: true });
  let answer = "";
  let ended = false;
  for await (const chunk of stream) {
    const piece = chunk.choices[0]?.delta.content ?? "";
    process.stdout.write(piece);
    answer += piece;
    if ("consultation" in chunk) ({ ended } = chunk.consultation as { ended: boolean });
  }
  console.log();
  if (ended) break;
  messages.push({ role: "assistant", content: answer });
  process.stdout.write("> ");
}
terminal.close();
