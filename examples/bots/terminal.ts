/** A bot in the terminal. In a project of your own, import from "anamnesis". `node examples/bots/terminal.ts` */
import { createInterface } from "node:readline/promises";
import { createConsultation } from "../../index.ts";

const consultation = await createConsultation({ budget: 12, safety: { emergencyNumber: "112" } });
const terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: "> " });

console.log("Write anything to begin; Ctrl-D ends it.");
terminal.prompt();
for await (const line of terminal) {
  const reply = await consultation.say(line);
  console.log(reply.text);
  if (reply.suggestions.length > 0) console.log(`(${reply.suggestions.join(" / ")})`);
  if (reply.ended) break;
  terminal.prompt();
}
terminal.close();
