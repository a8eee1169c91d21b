/**
 * `metrics.jsonl`: a line of JSON for every completed step of a run, appended and brought to the disk. What a crash left
 * half-written at the end is no row. Knows the format and the file; what the figures mean is the trainer's to say.
 */
import { type FileHandle, open, readFile } from "node:fs/promises";
import { z } from "zod";
import type { Place } from "../../src/index.ts";
import { parsedJson, placeWhole } from "../durable.ts";
import { RunError } from "./errors.ts";

const Share = z.number().min(0).max(1);

/** Figures of one optimizer step. Every number is finite; a trainer may add numbers of its own. */
export const MetricsRow = z
  .object({
    /** Optimizer steps taken, this one included; 0 for figures from before the first. */
    step: z.int().min(0),
    /** Trajectories sampled since the run began. */
    generations: z.int().min(0),
    reward_mean: z.number(),
    /** Of the step's own trajectories: the share whose first-ranked condition is the label. */
    accuracy: Share,
    questions_mean: z.number().min(0),
    /** KL(policy that sampled ‖ policy that the step is taken from), nats a token. */
    kl: z.number(),
    /** Nats a token. */
    entropy: z.number(),
    /** Mean size of the difference between the log-probs that the sampler gave and those that the trainer recomputed. */
    logprob_delta: z.number(),
    /** Optimizer steps between the trainer's weights and the oldest that sampled. */
    lag: z.number().min(0),
    /** That the step took, sampling included. */
    seconds: z.number().min(0),
    /** `accuracy` over held-out cases with its 95 % interval, on the steps after which they were tried. */
    held_out_accuracy: Share.optional(),
    held_out_low: Share.optional(),
    held_out_high: Share.optional(),
  })
  .catchall(z.number().optional());
export type MetricsRow = z.output<typeof MetricsRow>;

/** Throws `RunError`: `unreadable`, or `bad-metrics` with file and line. */
export async function readMetrics(file: string): Promise<MetricsRow[]> {
  return rowsOf(await readText(file), file).map(({ row }) => row);
}

/** Adds one line; it is on the disk when this returns. One writer a file. Throws `RunError`: `bad-metrics`, `not-written`. */
export async function appendMetrics(file: string, row: MetricsRow): Promise<void> {
  const line = `${JSON.stringify(parsedRow(row, { file }))}\n`;
  await writing(file, async () => {
    const handle = await open(file, "a+");
    try {
      await endLastLine(handle);
      const { size } = await handle.stat();
      try {
        await handle.appendFile(line);
        await handle.datasync();
      } catch (error) {
        await handle.truncate(size).catch(() => {});
        throw error;
      }
    } finally {
      await handle.close();
    }
  });
}

/**
 * Drops the rows of later steps, for a run that resumes after `step`; the file is the old one or the new one, never a
 * part. Leaves a file that does not exist as it is. Throws `RunError`.
 */
export async function truncateAfter(file: string, step: number): Promise<void> {
  const text = await readText(file, "");
  const kept = rowsOf(text, file).filter(({ row }) => row.step <= step);
  const rewritten = kept.map(({ line }) => `${line}\n`).join("");
  if (rewritten === text) return;
  await writing(file, () => placeWhole(file, rewritten));
}

interface Line {
  readonly line: string;
  readonly row: MetricsRow;
}

function rowsOf(text: string, file: string): Line[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const place = { file, line: index + 1 };
    const value = parsedJson(line);
    if (value !== undefined) return [{ line, row: parsedRow(value, place) }];
    if (index === lines.length - 1) return [];
    throw new RunError("bad-metrics", "is not JSON; mend the line or remove it", { place });
  });
}

/** The `value` as a row. Throws with the first field at fault. */
function parsedRow(value: unknown, place: Place): MetricsRow {
  const parsed = MetricsRow.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const field = path.length > 0 ? path.join(".") : undefined;
  throw new RunError("bad-metrics", `is no row of metrics: ${message}`, { place: { ...place, field } });
}

/** What follows the last line end is a whole row that lacks its own, which it is given, or half of one, which is cut off. */
async function endLastLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  if (size === 0) return;
  const { buffer: last } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  if (last.toString() === "\n") return;
  const bytes = Buffer.alloc(size);
  await handle.read(bytes, 0, size, 0);
  const start = bytes.lastIndexOf("\n") + 1;
  if (parsedJson(bytes.toString("utf8", start)) === undefined) await handle.truncate(start);
  else await handle.appendFile("\n");
}

async function readText(file: string, whereMissing?: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT" && whereMissing !== undefined) return whereMissing;
    throw new RunError("unreadable", `cannot be read: ${(cause as Error).message}`, { place: { file }, cause });
  }
}

async function writing(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const message = `could not be written: ${(cause as Error).message}; make room or mend the disk, then resume the run`;
    throw new RunError("not-written", message, { fault: "work", place: { file }, cause });
  }
}
