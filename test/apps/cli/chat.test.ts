/** The terminal chat as a person at a pipe meets it, with a server of its own and with a running one. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { addToken, readTokenFile } from "../../../apps/server/tokens.ts";
import { connect } from "../server/client.ts";
import { serving } from "../server/serving.ts";
import { anamnesis, ended, inFolder, start } from "./command.ts";

const readJson = (file: string) => JSON.parse(readFileSync(file, "utf8"));

/** A person's lines: agrees, is 34 and female, and says the rest. */
const saying = (...lines: string[]): string => `${["yes", "34", "f", ...lines].join("\n")}\n`;

describe("anamnesis chat", () => {
  test("shows the disclaimer and asks for consent first, and keeps nothing without it", () =>
    inFolder(async (folder) => {
      const json = join(folder, "chat.json");
      for (const answer of ["no\n", ""]) {
        const { code, out } = await anamnesis(["chat", "--json", json], answer);
        expect(code).toBe(0);
        expect(out).toMatch(/not a diagnosis and not medical advice[\s\S]*\(y\/N\)[\s\S]*nothing is kept/);
        expect(out).not.toContain("troubles you");
        expect(existsSync(json)).toBe(false);
      }
    }));

  test("understands the complaint, asks, and concludes", () =>
    inFolder(async (folder) => {
      const json = join(folder, "chat.json");
      const answers = saying("I have a sore throat and a runny nose, no cough", ...Array(30).fill("no"));
      const { code, out } = await anamnesis(["chat", "--budget", "4", "--json", json], answers);
      expect(code).toBe(0);
      expect(out).toContain("understood: sore throat: yes · runny nose: yes · cough: no");
      expect(out).toContain("no further questions");
      expect(out).not.toMatch(/\d+ %/);
      expect(out).not.toContain("\u001b");
      const [{ events }] = readJson(json).consultations;
      expect(events[0]).toMatchObject({ type: "opened", intake: { age: 34, sex: "female" } });
      expect(events.map(({ type }: { type: string }) => type)).toEqual(
        expect.arrayContaining(["consented", "patient-said", "finding-observed", "agent-asked", "concluded"]),
      );
    }));

  test("takes the number of a suggestion for its answer", async () => {
    const { out } = await anamnesis(["chat"], saying("I have a cough", "3"));
    const [, chosen] = /\n {2}1\) .*? 3\) (.*?)(?: {2}|\n)/.exec(out)!;
    expect(out.toLowerCase()).toContain(`: ${chosen!.toLowerCase()}\n`);
  });

  test("a red flag stands out, ends the questions, and says whom to call", async () => {
    const words = "I have crushing chest pain going into my left arm and I am sweating";
    const { code, out } = await anamnesis(["chat", "--emergency-number", "999"], saying(words, "no", "no"));
    expect(code).toBe(0);
    expect(out).toMatch(/!! URGENT: [\s\S]*!! Emergency number: 999/);
    expect(out).toContain("I stop my questions here.");
  });

  test("a crisis is handed on", async () => {
    const { out } = await anamnesis(["chat", "--crisis-line", "Samaritans, 116 123"], saying("I want to kill myself"));
    expect(out).toContain("Samaritans, 116 123");
  });

  test("a clinician sees the differential, with what speaks for and against", async () => {
    const { out } = await anamnesis(
      ["chat", "--audience", "clinician", "--age", "34", "--sex", "female"],
      "y\nI have a cough and a runny nose\n/differential\n",
    );
    expect(out).toMatch(/█+·* +\d+ % {2}Common cold\n +for +runny nose \+\d\.\d/);
    expect(out).not.toContain("Age in years");
  });

  test("obeys /why, /transcript, /help and /quit, and says what it does not know", () =>
    inFolder(async (folder) => {
      const [text, json] = [join(folder, "chat.txt"), join(folder, "chat.json")];
      const commands = [
        "/why",
        "/differential",
        "/nonsense",
        "/transcript",
        `/transcript ${text}`,
        `/transcript ${json}`,
      ];
      const { code, out } = await anamnesis(
        ["chat"],
        saying("I have a cough", ...commands, "/transcript /nowhere/chat.txt", "/help", "/quit", "no"),
      );
      expect(code).toBe(0);
      expect(out).toContain("no conclusion is drawn");
      expect(out).toMatch(/> \/why\n.*(urgently|likel|tells)/);
      expect(out).toContain("clinicians only");
      expect(out).toContain("There is no /nonsense.");
      expect(out).toContain("/transcript FILE");
      expect(out).toContain("its folder does not exist");
      expect(readFileSync(text, "utf8")).toMatch(/not a diagnosis[\s\S]*troubles you most\.\n> I have a cough\n/);
      expect(readJson(json).messages.map(({ type }: { type: string }) => type)).toContain("question");
    }));

  test("Ctrl-C ends it at once, with exit code 130", async () => {
    const child = start("chat");
    const end = ended(child);
    child.stdin!.write(saying("my knee hurts"));
    await new Promise<void>((resolve) => {
      let out = "";
      child.stdout!.on("data", (chunk) => {
        out += chunk;
        if (out.includes("1)")) resolve();
      });
    });
    child.kill("SIGINT");
    const { code, out, err } = await end;
    expect(code).toBe(130);
    expect(out).toContain("no conclusion is drawn");
    expect(err).toBe("");
  });
});

describe("anamnesis chat --url", () => {
  test("talks to a running server, ends politely with the input, and can go on later", async () => {
    const { url } = await serving();
    const first = await anamnesis(["chat", "--url", url], saying("I have a cough"));
    expect(first.code).toBe(0);
    expect(first.out).toContain("no conclusion is drawn");
    const [, consultation] = /--resume (\S+)/.exec(first.out)!;
    const again = await anamnesis(["chat", "--url", url, "--resume", consultation!], "y\n/quit\n");
    expect(again.out).toMatch(/troubles you most\.\n> I have a cough\n/);
    const tab = await connect(url);
    tab.send({ type: "open", resume: { consultation, lastSeq: 0 } });
    expect((await tab.next("said")).text).toBe("I have a cough");
  });

  test("needs the server's token, and says so", () =>
    inFolder(async (folder) => {
      const file = join(folder, "tokens.json");
      const token = await addToken(file, "ward-3", "clinician");
      const { url } = await serving({ tokens: await readTokenFile(file) });
      const refused = await anamnesis(["chat", "--url", url], saying("I have a cough"));
      expect(refused.code).toBe(2);
      expect(refused.err).toContain("Send a valid bearer token");
      expect(refused.out).toBe("");
      const { out } = await anamnesis(["chat", "--url", url, "--token", token], saying("I have a cough"));
      expect(out).toMatch(/█+·* +\d+ %/);
    }));

  test.each([
    ["no server", ["--url", "http://127.0.0.1:1"], "the server cannot be reached"],
    ["no address", ["--url", "nowhere"], "expected an address"],
    ["what only its own server can be told", ["--url", "http://127.0.0.1:1", "--budget", "3"], "leave out --budget"],
    ["a consultation without its server", ["--resume", "c-1"], "--resume needs the --url"],
    ["an age that is none", ["--age", "old"], "expected years"],
  ])("%s: exit code 2 and one clear message", async (_, args, message) => {
    const { code, out, err } = await anamnesis(["chat", ...args], saying("hello"));
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(out).toBe("");
  });
});
