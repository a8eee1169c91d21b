/** One seed for all properties, so that a run can be repeated (`FC_SEED=random` looks further); one temporary folder a
 * test file, gone at its end. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll } from "vitest";

const { FC_SEED = "1", TMPDIR } = process.env;
fc.configureGlobal(FC_SEED === "random" ? {} : { seed: Number(FC_SEED) });

const folder = mkdtempSync(join(tmpdir(), "anamnesis-"));
process.env.TMPDIR = folder;
afterAll(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  rmSync(folder, { recursive: true, force: true });
});
