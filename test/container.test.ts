/** Dockerfile and compose file, part by part: what they copy, start, set and ask for exists, and works as they use it. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { bayesAgent } from "../agents/index.ts";
import { loadSettings } from "../apps/config/index.ts";
import { servedConversation } from "../apps/server/conversation.ts";
import { openEngine } from "../apps/server/engine.ts";
import { openStore, parseStoreSpec } from "../apps/server/stores/open.ts";
import { addToken, readTokenFile } from "../apps/server/tokens.ts";
import type { AgentCore, ConsultationEvent } from "../src/index.ts";
import { anamnesis, inFolder } from "./apps/cli/command.ts";
import { opened as talking } from "./apps/server/client.ts";
import { base, serving } from "./apps/server/serving.ts";
import { execForm, instructionsOf } from "./fixtures/dockerfile.ts";
import { program } from "./fixtures/programs.ts";

const ROOT = resolve(import.meta.dirname, "..");
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const instructions = instructionsOf(read("Dockerfile"));
const last = instructions.at(-1)!.stage;
const named = (name: string, stage = last) => instructions.filter((each) => each.name === name && each.stage === stage);
const { bin } = JSON.parse(read("package.json"));

interface Service {
  readonly command?: string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly networks: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly read_only: boolean;
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}
interface Compose {
  readonly services: { readonly server: Service; readonly redis: Service };
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}
const compose = parse(read("compose.yaml")) as Compose;
const { server, redis } = compose.services;

describe("the Dockerfile", () => {
  test("copies what exists and is not kept from it, every room among it", () => {
    const ignored = read(".dockerignore")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    const copied = instructions
      .filter(({ name, text }) => name === "COPY" && !text.startsWith("--from"))
      .flatMap(({ text }) => text.split(/\s+/).slice(0, -1));
    for (const path of copied) {
      expect(existsSync(join(ROOT, path)), path).toBe(true);
      expect(ignored, path).not.toContain(path);
    }
    const { include } = JSON.parse(read("tsconfig.build.json"));
    expect(copied).toEqual(expect.arrayContaining(include));
    expect(copied).toContain("data");
  });

  test("runs scripts that the package has, and takes from the build what it made", () => {
    const scripts = JSON.parse(read("package.json")).scripts;
    for (const { text } of named("RUN", 0))
      for (const [, script] of text.matchAll(/npm run (\S+)/g)) expect(Object.keys(scripts)).toContain(script);
    const taken = named("COPY").filter(({ text }) => text.startsWith("--from=build"));
    expect(taken.map(({ text }) => text.split(/\s+/)[1])).toEqual(["/app/node_modules", "/app/dist"]);
    expect(
      named("RUN", 0)
        .map(({ text }) => text)
        .join("\n"),
    ).toContain("npm prune --omit=dev");
  });

  test("starts the command that the package installs, by a verb that exists, not as root, and gets its signals", async () => {
    expect(execForm(named("ENTRYPOINT")[0]!.text)).toEqual(["node", bin.anamnesis]);
    const [verb, ...flags] = execForm(named("CMD")[0]!.text);
    const { code, out } = await anamnesis([verb!, "--help"]);
    expect(code).toBe(0);
    for (const flag of flags.filter((each) => each.startsWith("--"))) expect(out).toContain(flag);
    expect(named("USER")[0]!.text).toBe("node");
  });

  test("sets variables that are settings", async () => {
    const { settings } = await loadSettings({ env: imageEnvironment() });
    expect(settings).toMatchObject({ host: "0.0.0.0", port: 8080 });
    expect(named("EXPOSE")[0]!.text).toBe(String(settings.port));
  });

  test("asks for the server's health in a way that tells a server that runs from one that does not", () =>
    inFolder(async (folder) => {
      const file = join(folder, "tokens.json");
      await addToken(file, "ward", "patient");
      const { port, drain } = await serving({ tokens: await readTokenFile(file) });
      const [command, ...args] = execForm(named("HEALTHCHECK")[0]!.text);
      expect(command).toBe("node");
      const check = async (): Promise<number> => {
        const env = { ...process.env, ANAMNESIS_PORT: String(port) };
        const [code] = await once(spawn(process.execPath, args, { env, stdio: "ignore" }), "exit");
        return code;
      };
      expect(await check()).toBe(0);
      await drain();
      expect(await check()).toBe(1);
    }));
});

function imageEnvironment(): Record<string, string> {
  const pairs = named("ENV").flatMap(({ text }) => text.split(/\s+/).map((pair) => pair.split("=")));
  return Object.fromEntries(pairs);
}

describe("the compose file", () => {
  test("uses the secrets, networks and volumes that it declares, and no others", () => {
    const services = Object.values(compose.services);
    expect(new Set(services.flatMap(({ secrets = [] }) => secrets))).toEqual(new Set(Object.keys(compose.secrets)));
    expect(new Set(services.flatMap(({ networks }) => networks))).toEqual(new Set(Object.keys(compose.networks)));
    const volumes = services.flatMap((each) => each.volumes ?? []).map((volume) => volume.split(":")[0]!);
    expect(volumes).toEqual(Object.keys(compose.volumes));
    expect(services.every(({ read_only }) => read_only)).toBe(true);
  });

  test("gives the server variables that it knows, and secrets where it looks for them", () =>
    inFolder(async (folder) => {
      // As Docker mounts them.
      mkdirSync(join(folder, "run/secrets"), { recursive: true });
      writeFileSync(join(folder, "run/secrets/store"), "redis://anamnesis:hush@redis:6379\n");
      const given = Object.entries({ ...imageEnvironment(), ...server.environment });
      const env = Object.fromEntries(
        given.map(([name, value]) => [name, value.replace("/run/secrets", `${folder}/run/secrets`)]),
      );
      const { settings } = await loadSettings({ env });
      expect(settings).toMatchObject({ host: "0.0.0.0", store: "redis://anamnesis:hush@redis:6379" });
      expect(settings.tokenFile).toBe(join(folder, "run/secrets/tokens"));
      const mounted = Object.values(server.environment!).flatMap(
        (value) => /^\/run\/secrets\/(.+)$/.exec(value)?.[1] ?? [],
      );
      expect(mounted.sort()).toEqual([...server.secrets!].sort());
      const grace = Number.parseInt(server.stop_grace_period!, 10) * 1_000;
      expect(grace).toBeGreaterThan(settings.limits.drainMs + 5_000);
      expect(server.ports).toEqual([`127.0.0.1:${settings.port}:${settings.port}`]);
    }));

  test("waits for a Redis that nobody else reaches and that loses nothing", () => {
    expect(server.depends_on).toEqual({ redis: { condition: "service_healthy" } });
    expect(redis.ports).toBeUndefined();
    expect(redis.networks.every((name) => compose.networks[name]!.internal)).toBe(true);
    const flags = redis.command!.join(" ");
    for (const flag of ["--appendonly yes", "--appendfsync always", "--maxmemory-policy noeviction"])
      expect(flags).toContain(flag);
  });

  test("keeps its secrets out of the image", () => {
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\.\/secrets\//);
    expect(read(".dockerignore").split("\n")).toContain("secrets");
  });
});

const redisProgram = program(["redis-server"], "redis-server");

test.skipIf(!redisProgram)(
  "Redis as the compose file starts it, with the account that docs/deploy.md makes, serves the store and the engine and nobody else",
  () =>
    inFolder(async (folder) => {
      const acl = /printf '(user default off\\nuser anamnesis [^']+)'/.exec(read("docs/deploy.md"))![1]!;
      writeFileSync(join(folder, "redis.acl"), acl.replaceAll("\\n", "\n").replace("%s", "hush"));
      const port = 20_000 + (process.pid % 20_000);
      const args = redis
        .command!.slice(1)
        .map((arg) => arg.replace("/run/secrets/redis-acl", join(folder, "redis.acl")));
      const child = spawn(redisProgram!, [...args, "--port", String(port), "--dir", folder, "--bind", "127.0.0.1"]);
      onTestFinished(() => void child.kill("SIGKILL"));
      for await (const chunk of child.stdout) if (String(chunk).includes("Ready to accept connections")) break;

      const url = `redis://anamnesis:hush@127.0.0.1:${port}`;
      const [store, other] = [await openStore(url), await openStore(url)];
      const event = { consultation: "c-1", seq: 0, time: "2026-01-01T00:00:00.000Z", type: "opened", actor: "agent" };
      const opened = { ...event, intake: { findings: [] }, versions: {} } as unknown as ConsultationEvent;
      let heard = 0;
      const end = store.watch!("c-1", () => heard++);
      await expect.poll(() => heard).toBeGreaterThan(0);
      const before = heard;
      await other.append("c-1", [opened], 0);
      await expect.poll(() => heard).toBeGreaterThan(before);
      end();
      expect([await store.list(), await store.read("c-1")]).toMatchObject([["c-1"], [{ event: opened }]]);
      expect(await store.delete("c-1")).toBe(true);
      await Promise.all([store.close(), other.close()]);
      const engine = await openEngine("langgraph", parseStoreSpec(url)!);
      const conversation = servedConversation(base, bayesAgent(base) as AgentCore, { budget: 6, engine });
      const server = await serving({ conversation, store: await openStore(url) });
      const { client, consultation } = await talking(server.url);
      await client.say("I have a cough");
      expect(client.all("question")).toHaveLength(1);
      const at = `${server.url}/v1/consultations/${consultation}`;
      expect((await fetch(at, { method: "DELETE" })).status).toBe(204);
      await server.drain();
      await engine.close();

      const anonymous = await openStore(`redis://127.0.0.1:${port}`, { redis: { waitMs: 200 } })
        .then(
          (opened) => opened.list().finally(() => opened.close()),
          (error) => Promise.reject(error),
        )
        .catch((error) => error);
      expect(anonymous).toBeInstanceOf(Error);
      const [shell, script] = redis.healthcheck!.test;
      expect(shell).toBe("CMD-SHELL");
      const check = (at: number) =>
        spawnSync("sh", ["-c", script!.replace("redis-cli", `redis-cli -p ${at}`)], { stdio: "ignore" }).status;
      if (program(["redis-cli"], "redis-tools") !== undefined) expect([check(port), check(1)]).toEqual([0, 1]);
    }),
);
