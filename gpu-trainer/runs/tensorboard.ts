/**
 * Event files as TensorBoard reads them: TFRecord frames (tensorflow/core/lib/io/record_writer.h) around protobuf
 * messages (tensorflow/core/util/event.proto, framework/summary.proto), scalars only. Append-only; knows no metric.
 */
import { type FileHandle, mkdir, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../src/index.ts";
import { crc32c } from "./crc32c.ts";
import { RunError } from "./errors.ts";

export interface TensorBoard {
  /** One event with a value a tag; readers see it when this returns. NaN and infinities are shown as such. */
  scalars(step: number, values: Readonly<Record<string, number>>): Promise<void>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

/**
 * Begins a new events file in `directory`, which is made where it is missing. The first event hides those of the same or
 * later steps in older files, so that a resumed run shows one curve. Throws `RunError`: `not-written`, `bad-metrics` for a
 * step that is none, `closed`.
 */
export async function openTensorBoard(directory: string, { clock }: { clock: Clock }): Promise<TensorBoard> {
  const { handle, file } = await attempt(directory, () => newFile(directory, clock));
  let end = 0;
  let begun = false;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  const write = async (bytes: Buffer): Promise<void> => {
    try {
      await handle.appendFile(bytes);
      end += bytes.length;
    } catch (error) {
      // Nothing is read behind half a record.
      await handle.truncate(end).catch(() => {});
      throw error;
    }
  };
  /** One after another, also where nobody waits. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(() => attempt(file, work));
    last = done.catch(() => {});
    return done;
  };

  await inTurn(() => write(record(event(clock.now(), 0, FILE_VERSION))));
  return {
    async scalars(step, values) {
      if (closed) throw new RunError("closed", "was closed; open the directory again", { place: { file } });
      if (!Number.isSafeInteger(step) || step < 0)
        throw new RunError("bad-metrics", `the step ${step} is not a whole number from 0`, { place: { file } });
      const time = clock.now();
      const scalars = record(event(time, step, summary(values)));
      await inTurn(async () => {
        await write(begun ? scalars : Buffer.concat([record(event(time, step, SESSION_START)), scalars]));
        begun = true;
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      await inTurn(() => handle.close());
    },
  };
}

/** TensorBoard reads the files of a directory in the order of their names: a new one must come last, whatever the clock. */
async function newFile(directory: string, clock: Clock): Promise<{ handle: FileHandle; file: string }> {
  await mkdir(directory, { recursive: true });
  const times = (await readdir(directory)).map((name) =>
    Number(/^events\.out\.tfevents\.(\d+)\./.exec(name)?.[1] ?? 0),
  );
  const time = Math.max(Math.floor(clock.now().getTime() / 1000), ...times);
  for (let counter = 0; ; counter++) {
    const file = join(directory, `events.out.tfevents.${padded(time, 10)}.${padded(counter, 6)}`);
    try {
      return { handle: await open(file, "ax"), file };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

const padded = (value: number, digits: number): string => String(value).padStart(digits, "0");

async function attempt<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const message = `could not be written: ${(cause as Error).message}`;
    throw new RunError("not-written", message, { fault: "work", place: { file }, cause });
  }
}

/** A TFRecord: length, masked CRC of the length, data, masked CRC of the data. */
function record(data: Buffer): Buffer {
  const frame = Buffer.alloc(data.length + 16);
  frame.writeBigUInt64LE(BigInt(data.length), 0);
  frame.writeUInt32LE(masked(crc32c(frame.subarray(0, 8))), 8);
  data.copy(frame, 12);
  frame.writeUInt32LE(masked(crc32c(data)), data.length + 12);
  return frame;
}

const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;

/** `Event`: wall_time = 1, step = 2, and one of file_version = 3, summary = 5, session_log = 7. */
function event(time: Date, step: number, what: Buffer): Buffer {
  const seconds = Buffer.alloc(8);
  seconds.writeDoubleLE(time.getTime() / 1000);
  return Buffer.concat([tag(1, FIXED64), seconds, tag(2, VARINT), varint(step), what]);
}

/** `Summary`: value = 1, each with tag = 1 and simple_value = 2. */
function summary(values: Readonly<Record<string, number>>): Buffer {
  const each = Object.entries(values).map(([name, value]) => {
    const float = Buffer.alloc(4);
    float.writeFloatLE(value);
    return bytes(1, Buffer.concat([bytes(1, Buffer.from(name)), tag(2, FIXED32), float]));
  });
  return bytes(5, Buffer.concat(each));
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const tag = (field: number, wireType: number): Buffer => Buffer.from([(field << 3) | wireType]);

const bytes = (field: number, content: Buffer): Buffer =>
  Buffer.concat([tag(field, LENGTH_DELIMITED), varint(content.length), content]);

function varint(value: number): Buffer {
  const groups: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...groups, rest]);
    groups.push((rest % 128) | 128);
  }
}

const FILE_VERSION = bytes(3, Buffer.from("brain.Event:2"));

/** `SessionLog` with status = 1 START = 1. */
const SESSION_START = bytes(7, Buffer.concat([tag(1, VARINT), varint(1)]));
