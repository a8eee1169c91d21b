/**
 * A client of the stateless diagnosis API: plain fetch, and everything known stays on this side. Beside a server
 * (`anamnesis serve`): `node examples/diagnosis-api.ts http://127.0.0.1:8080 female 34`; a token in ANAMNESIS_TOKEN.
 */
import { createInterface } from "node:readline";

interface Evidence {
  readonly id: string;
  readonly choice_id: "present" | "absent" | "unknown";
  readonly values?: readonly string[];
  readonly number?: number;
  readonly source?: "initial";
}
interface Parsed {
  readonly mentions: readonly (Evidence & { readonly name: string })[];
  readonly red_flags: readonly { readonly message: string }[];
  readonly crisis?: { readonly text: string };
}
interface Triage {
  readonly triage_level: string;
  readonly text: string;
  readonly should_stop: boolean;
  readonly disclaimer: string;
}
interface Item {
  readonly id: string;
  readonly name: string;
}

const [url = "http://127.0.0.1:8080", sex = "female", years = "34"] = process.argv.slice(2);
const person = { sex, age: { value: Number(years), unit: "year" } };

async function call<Answer>(path: string, body?: object): Promise<Answer> {
  const { ANAMNESIS_TOKEN } = process.env;
  const headers = {
    "content-type": "application/json",
    ...(ANAMNESIS_TOKEN !== undefined && { authorization: `Bearer ${ANAMNESIS_TOKEN}` }),
  };
  const init = body ? { method: "POST", headers, body: JSON.stringify({ ...person, ...body }) } : { headers };
  const response = await fetch(`${url}/v1/${path}`, init);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

const findings = await call<{ id: string; parent_id?: string }[]>("findings");
const parents = new Map(findings.map(({ id, parent_id }) => [id, parent_id]));
const evidence = new Map<string, Evidence>();

/** The latest word on a finding counts; details of what is absent go. */
function learn({ mentions }: Parsed, source?: "initial"): void {
  for (const { id, choice_id, values, number } of mentions)
    evidence.set(id, {
      id,
      choice_id,
      ...(values && { values }),
      ...(number !== undefined && { number }),
      ...(source && { source }),
    });
  for (const id of evidence.keys())
    if (evidence.get(parents.get(id) ?? "")?.choice_id === "absent") evidence.delete(id);
}

/** What a person wrote; undefined where it speaks of danger, which was shown. */
async function understood(text: string, asked?: string): Promise<Parsed | undefined> {
  const context = [...evidence.values()].flatMap(({ id, choice_id }) => (choice_id === "present" ? [id] : []));
  const parsed = await call<Parsed>("parse", { text, context, ...(asked !== undefined && { asked }) });
  for (const { name, choice_id } of parsed.mentions) console.log(`  (${name}: ${choice_id})`);
  if (parsed.crisis) console.log(parsed.crisis.text);
  return parsed.crisis ? undefined : parsed;
}

const terminal = createInterface({ input: process.stdin });
const lines = terminal[Symbol.asyncIterator]();
const answer = async (question: string): Promise<string | undefined> => {
  process.stdout.write(`${question}\n> `);
  return (await lines.next()).value;
};

async function interview(): Promise<void> {
  const complaint = await answer("What troubles you?");
  const parsed = complaint === undefined ? undefined : await understood(complaint);
  if (!parsed) return;
  learn(parsed, "initial");
  for (;;) {
    const all = { evidence: [...evidence.values()] };
    const { question } = await call<{ question: { text: string; items: readonly Item[] } | null }>("diagnosis", all);
    const said = question ? await answer(question.text) : undefined;
    if (!question || said === undefined) {
      const { triage_level, text, should_stop, disclaimer } = await call<Triage>("triage", all);
      console.log(`${should_stop ? "" : "so far "}${triage_level}: ${text} ${disclaimer}`);
      return;
    }
    const asked = question.items[0]!.id.split("=")[0]!;
    const reply = await understood(said, asked);
    if (!reply) return;
    learn(reply);
    if (!evidence.has(asked)) evidence.set(asked, { id: asked, choice_id: "unknown" });
  }
}

await interview();
terminal.close();
