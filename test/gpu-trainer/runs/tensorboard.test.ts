/** Event files, read back by a decoder that shares nothing with the writer: frames, checksums and protobuf fields. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { crc32c } from "../../../gpu-trainer/runs/crc32c.ts";
import { openTensorBoard } from "../../../gpu-trainer/runs/tensorboard.ts";
import { steppingClock } from "../../../src/index.ts";

let directory: string;

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "tensorboard-")), "run");
});
afterEach(() => rm(join(directory, ".."), { recursive: true, force: true }));

interface Event {
  time: number;
  step: number;
  version?: string;
  started?: boolean;
  scalars?: Record<string, number>;
}

/** CRC-32C bit by bit, masked as TFRecord masks it. */
function maskedChecksum(bytes: Buffer): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? 0x82f63b78n : 0n);
  }
  crc ^= 0xffffffffn;
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

function* records(file: Buffer): Generator<Buffer> {
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    expect(file.readUInt32LE(at + 8)).toBe(maskedChecksum(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(file.readUInt32LE(at + 12 + length)).toBe(maskedChecksum(data));
    yield data;
    at += length + 16;
  }
}

/** The fields of a protobuf message: numbers of fixed-width and varint fields, bytes of the others. */
function* fields(message: Buffer): Generator<[field: number, value: number | Buffer]> {
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
    }
  };
  while (at < message.length) {
    const key = varint();
    const field = key >> 3;
    switch (key & 7) {
      case 0:
        yield [field, varint()];
        break;
      case 1:
        yield [field, message.readDoubleLE(at)];
        at += 8;
        break;
      case 5:
        yield [field, message.readFloatLE(at)];
        at += 4;
        break;
      case 2: {
        const length = varint();
        yield [field, message.subarray(at, at + length)];
        at += length;
        break;
      }
      default:
        throw new Error(`wire type ${key & 7}`);
    }
  }
}

const messageOf = (bytes: number | Buffer | undefined): Record<number, number | Buffer> =>
  Object.fromEntries(fields(bytes as Buffer));

function eventOf(data: Buffer): Event {
  const { 1: time, 2: step, 3: version, 5: summary, 7: session } = messageOf(data);
  return {
    time: time as number,
    step: step as number,
    ...(version !== undefined && { version: String(version) }),
    ...(session !== undefined && { started: messageOf(session)[1] === 1 }),
    ...(summary !== undefined && {
      scalars: Object.fromEntries(
        [...fields(summary as Buffer)].map(([field, value]) => {
          expect(field).toBe(1);
          const { 1: tag, 2: simple } = messageOf(value);
          return [String(tag), simple as number];
        }),
      ),
    }),
  };
}

async function files(): Promise<string[]> {
  return (await readdir(directory)).sort();
}

async function eventsIn(name: string): Promise<Event[]> {
  return [...records(await readFile(join(directory, name)))].map(eventOf);
}

const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("CRC-32C", () => {
  test.each([
    ["nothing", Buffer.alloc(0), 0],
    ["the digits 1 to 9", Buffer.from("123456789"), 0xe3069283],
    ["32 zeros (RFC 3720)", Buffer.alloc(32), 0x8a9136aa],
    ["32 bytes of ones (RFC 3720)", Buffer.alloc(32, 0xff), 0x62a8ab43],
    ["0 to 31 (RFC 3720)", Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  ])("of %s", (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });
});

describe("an events file", () => {
  test("begins with its version and the start of a session, then has an event a call", async () => {
    const board = await openTensorBoard(directory, { clock: steppingClock("2020-01-01T00:00:00.000Z", 500) });
    await board.scalars(1, { "train/accuracy": 0.5, "train/reward": -0.25 });
    await board.scalars(300, { "held out/größe": 1e-3 });
    await board.close();
    const begun = Date.parse("2020-01-01") / 1000;
    const [name, ...more] = await files();
    expect(more).toEqual([]);
    expect(name).toBe(`events.out.tfevents.${begun}.000000`);
    expect(await eventsIn(name!)).toEqual([
      { time: begun + 0.5, step: 0, version: "brain.Event:2" },
      { time: begun + 1, step: 1, started: true },
      { time: begun + 1, step: 1, scalars: { "train/accuracy": 0.5, "train/reward": -0.25 } },
      { time: begun + 1.5, step: 300, scalars: { "held out/größe": Math.fround(1e-3) } },
    ]);
  });

  test("holds large steps, and values that are no finite numbers", async () => {
    const board = await openTensorBoard(directory, { clock: steppingClock() });
    await board.scalars(2 ** 40 + 5, { a: Number.NaN, b: Number.NEGATIVE_INFINITY, c: 1e300 });
    await board.close();
    expect((await eventsIn((await files())[0]!)).at(-1)).toMatchObject({
      step: 2 ** 40 + 5,
      scalars: { a: Number.NaN, b: Number.NEGATIVE_INFINITY, c: Number.POSITIVE_INFINITY },
    });
  });

  test("can be read while it is written, and keeps the order of calls that nobody waited for", async () => {
    const board = await openTensorBoard(directory, { clock: steppingClock() });
    const steps = Array.from({ length: 50 }, (_, step) => step);
    const written = Promise.all(steps.map((step) => board.scalars(step, { loss: step })));
    await written;
    const read = await eventsIn((await files())[0]!);
    expect(read.filter(({ scalars }) => scalars).map(({ step }) => step)).toEqual(steps);
    await board.close();
  });

  test("is made by whoever opens the directory, also at the same second", async () => {
    const opened = await Promise.all([1, 2, 3].map(() => openTensorBoard(directory, { clock: steppingClock() })));
    for (const [step, board] of opened.entries()) {
      await board.scalars(step, { loss: 1 });
      await board.close();
    }
    expect(await files()).toHaveLength(3);
    for (const name of await files()) expect(await eventsIn(name)).toHaveLength(3);
  });

  test("comes after those of an earlier run, were the clock set back", async () => {
    const first = await openTensorBoard(directory, { clock: steppingClock("2020-01-02T00:00:00.000Z") });
    await first.close();
    const [before] = await files();
    const second = await openTensorBoard(directory, { clock: steppingClock("2020-01-01T00:00:00.000Z") });
    await second.close();
    expect((await files())[0]).toBe(before);
    expect(await files()).toHaveLength(2);
  });
});

describe("what cannot be", () => {
  test("a directory that is a file", async () => {
    await writeFile(join(directory, "..", "taken"), "");
    const opened = openTensorBoard(join(directory, "..", "taken"), { clock: steppingClock() });
    expect(await errorOf(opened)).toMatchObject({ code: "not-written", fault: "work" });
  });

  test.each([-1, 0.5, Number.NaN])("the step %d", async (step) => {
    const board = await openTensorBoard(directory, { clock: steppingClock() });
    expect(await errorOf(board.scalars(step, { loss: 1 }))).toMatchObject({ code: "bad-metrics" });
    await board.close();
  });

  test("writing after the end, which may come twice", async () => {
    const board = await openTensorBoard(directory, { clock: steppingClock() });
    await board.close();
    await board.close();
    expect(await errorOf(board.scalars(1, { loss: 1 }))).toMatchObject({ code: "closed" });
  });
});
