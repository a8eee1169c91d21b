/** The stateless API over HTTP: who may see what, what is refused, and that nothing is kept. */
import { hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DIAGNOSIS_ROUTES } from "../../../apps/diagnosis/routes.ts";
import { EvidenceItem } from "../../../apps/diagnosis/types.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { serving } from "../server/serving.ts";
import { adult, asking, base } from "./starter.ts";

const TOKENS = { patient: "patient-token", clinician: "clinician-token" };
type Audience = keyof typeof TOKENS;
const tokens = (["patient", "clinician"] as const).map((audience) => ({
  name: audience,
  audience,
  sha256: hash("sha256", TOKENS[audience], "hex"),
}));
const limits = { requestsPerSecond: 1_000_000, requestsAtOnce: 1_000_000, drainMs: 200 };

type Json = Record<string, unknown>;
async function started(options: Parameters<typeof serving>[0] = {}) {
  const { url } = await serving({ tokens, limits, ...options });
  return async (audience: Audience, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${TOKENS[audience]}`, "content-type": "application/json" };
    const init = body === undefined ? { headers } : { headers, method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`${url}/v1/${path}`, init);
    return { status: response.status, body: (await response.json()) as Json & { error?: Json } };
  };
}

const BODIES: Readonly<Record<string, unknown>> = {
  parse: { ...adult, text: "I have a cough" },
  suggest: asking("cough"),
  diagnosis: asking("cough"),
  triage: asking("cough"),
  explain: { ...asking("cough"), target: "pneumonia" },
};

test("every route answers as its schema says, the same each time", async () => {
  const call = await started();
  for (const { path, answer } of DIAGNOSIS_ROUTES) {
    const name = path.split("/").at(-1)!;
    const { status, body } = await call("clinician", name, BODIES[name]);
    expect(status, path).toBe(200);
    answer!.schema.parse(body);
    expect(await call("clinician", name, BODIES[name])).toEqual({ status, body });
  }
});

test("without a token nothing is answered", async () => {
  const { url } = await serving({ tokens });
  for (const { method, path } of DIAGNOSIS_ROUTES) {
    const body = method === "POST" ? { body: JSON.stringify(BODIES.diagnosis) } : {};
    const response = await fetch(url + path, { method, ...body, headers: { "content-type": "application/json" } });
    expect(response.status).toBe(401);
  }
});

test("a patient's token sees no probability, no ranking and no weight", async () => {
  const call = await started();
  for (const name of ["parse", "suggest", "diagnosis", "triage"]) {
    const { status, body } = await call("patient", name, BODIES[name]);
    expect(status).toBe(200);
    expect(JSON.stringify(body)).not.toMatch(/probability|"conditions"|weight/);
  }
  expect((await call("patient", "explain", BODIES.explain)).status).toBe(403);
  const recorded = { ...asking("cough"), extras: { on_red_flag: "record" } };
  for (const name of ["suggest", "diagnosis", "triage"])
    expect((await call("patient", name, recorded)).status).toBe(403);
  expect((await call("clinician", "diagnosis", recorded)).status).toBe(200);
});

test("nothing of a request is stored, logged or repeated in a refusal", async () => {
  const store = memoryStore();
  const lines: unknown[] = [];
  const call = await started({ store, log: (...line) => void lines.push(line) });
  const secret = "my-secret-name";
  await call("patient", "parse", { ...adult, text: `I am ${secret} and I cough` });
  for (const name of ["suggest", "diagnosis", "triage", "explain"]) {
    const evidence = [{ id: secret, choice_id: "present" }];
    const { status, body } = await call("clinician", name, { ...(BODIES[name] as Json), evidence });
    expect([status, body.error!.code]).toEqual([400, "bad-message"]);
    expect(body.error!.message).toMatch(/^evidence\.0\.id: /);
    expect(JSON.stringify(body)).not.toContain(secret);
  }
  const misshapen = await call("patient", "parse", { ...adult, text: 7, note: secret });
  expect(misshapen).toMatchObject({ status: 400 });
  expect(JSON.stringify([misshapen, lines])).not.toContain(secret);
  expect(await store.list()).toEqual([]);
});

describe("a body is refused with its field, where", () => {
  test.each<[string, object, RegExp]>([
    ["the age is of nobody", { age: { value: 131 } }, /^age\.value/],
    ["the age in months is of nobody", { age: { value: 1_561, unit: "month" } }, /^age\.value/],
    ["the age is before birth", { age: { value: -1 } }, /^age\.value/],
    ["the age is in weeks", { age: { value: 3, unit: "week" } }, /^age\.unit/],
    ["the sex is another", { sex: "unknown" }, /^sex/],
    ["a choice is another", { evidence: [{ id: "cough", choice_id: "maybe" }] }, /^evidence\.0\.choice_id/],
    ["an id holds a comparison", { evidence: [{ id: "age>3", choice_id: "present" }] }, /^evidence\.0\.id/],
    ["an extra is not known", { extras: { disable_groups: true } }, /^extras/],
    ["there is no evidence at all", { evidence: undefined }, /^evidence/],
  ])("%s", async (_, change, message) => {
    const call = await started();
    const { status, body } = await call("clinician", "diagnosis", { ...asking("cough"), ...change });
    expect([status, body.error!.code]).toEqual([400, "bad-message"]);
    expect(body.error!.message).toMatch(message);
  });
});

const idOf = fc.oneof(
  fc.constantFrom(...base.findings.map(({ id }) => id)),
  fc.constantFrom(...base.findings.flatMap(({ id, values }) => values.map((value) => `${id}=${value.id}`))),
  fc.constantFrom(...base.conditions.map(({ id }) => id), "constructor", "__proto__", "a=b"),
);
const evidenceItem = fc.record(
  {
    id: idOf,
    choice_id: fc.constantFrom("present", "absent", "unknown"),
    source: fc.constantFrom("initial", "predefined", "question", "suggest", "red_flags"),
    values: fc.array(
      fc.constantFrom("__proto__", ...base.findings.flatMap(({ values }) => values.map(({ id }) => id))),
      { minLength: 1, maxLength: 3 },
    ),
    number: fc.double({ noNaN: true, noDefaultInfinity: true }),
  },
  { requiredKeys: ["id", "choice_id"] },
);
const simpleItem = fc.record({ id: idOf, choice_id: fc.constantFrom("present", "absent", "unknown") });
const person = {
  sex: fc.constantFrom("female", "male"),
  age: fc.oneof(
    fc.record({ value: fc.double({ min: 0, max: 130, noNaN: true }), unit: fc.constant("year") }),
    fc.record({ value: fc.double({ min: 0, max: 1_560, noNaN: true }), unit: fc.constant("month") }),
  ),
};
const evidence = fc.array(fc.oneof(simpleItem, simpleItem, evidenceItem), { maxLength: 12 });
const schemaValid: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  parse: fc.record(
    {
      ...person,
      text: fc.oneof(
        fc.string({ unit: "binary", maxLength: 300 }),
        fc
          .array(
            fc.constantFrom(...base.findings.flatMap(({ name, synonyms }) => [name, ...synonyms]), "no", "but", "?"),
            {
              maxLength: 30,
            },
          )
          .map((words) => words.join(" ")),
      ),
      context: fc.array(idOf, { maxLength: 4 }),
      asked: fc.constantFrom(...base.findings.map(({ id }) => id), "constructor"),
    },
    { requiredKeys: ["sex", "age", "text"] },
  ),
  diagnosis: fc.record({ ...person, evidence }),
  triage: fc.record({ ...person, evidence }),
  suggest: fc.record(
    {
      ...person,
      evidence,
      suggest_method: fc.constantFrom("symptoms", "risk_factors", "red_flags", "telling"),
      max_results: fc.integer({ min: 1, max: 50 }),
    },
    { requiredKeys: ["sex", "age", "evidence"] },
  ),
  explain: fc.record({
    ...person,
    evidence,
    target: fc.constantFrom("constructor", ...base.conditions.map(({ id }) => id)),
  }),
};

describe("whatever the schema lets through is answered or refused, never failed upon", () => {
  test.each(Object.keys(schemaValid))("%s", async (name) => {
    const call = await started();
    const seen = new Map<number, number>();
    const { answer, body: described } = DIAGNOSIS_ROUTES.find(({ path }) => path === `/v1/${name}`)!;
    await fc.assert(
      fc.asyncProperty(schemaValid[name]!, async (body) => {
        expect(described!.schema.safeParse(body).success).toBe(true);
        const told = await call("clinician", name, body);
        seen.set(told.status, (seen.get(told.status) ?? 0) + 1);
        expect([200, 400], JSON.stringify(told.body)).toContain(told.status);
        if (told.status === 200) answer!.schema.parse(told.body);
      }),
      { numRuns: 300 },
    );
    expect(seen.get(200)).toBeGreaterThan(10);
  });

  test("any JSON at all", async () => {
    const call = await started();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(schemaValid)), fc.jsonValue(), async (name, body) => {
        expect((await call("clinician", name, body)).status).toBe(400);
      }),
      { numRuns: 200 },
    );
  });
});

test("an evidence item is strict", () => {
  expect(EvidenceItem.safeParse({ id: "cough", choice_id: "present", note: "x" }).success).toBe(false);
});
