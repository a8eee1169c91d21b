/**
 * What redaction takes out and what it leaves: `node bench/redaction.ts [--misses]`. Figures are in docs/privacy.md.
 * `--misses` shows what was missed of the development parts; looking at the held-out ones would spend them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { measureLoss, measureRecall, plantedSentences } from "../apps/records/measuring.ts";
import { loadRedactionVocabulary } from "../apps/records/redacting.ts";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../simulators/index.ts";
import { buildLexicon, redact, Utterance } from "../src/index.ts";

const DATA = join(STARTER_DIRECTORY, "..");
const read = (name: string): string => readFileSync(join(DATA, name), "utf8");
const showMisses = process.argv.includes("--misses");
const share = (value: number): string => value.toFixed(3);

const base = await loadKnowledgeBase(STARTER_DIRECTORY);
const vocabulary = await loadRedactionVocabulary(base);
const lexicon = buildLexicon(base.findings);

for (const part of ["development", "development-2", "held-out"]) {
  const recall = measureRecall(plantedSentences(read(`redaction/${part}.txt`)), vocabulary);
  console.log(
    `${part}: ${recall.gone} of ${recall.planted} planted pieces gone (${share(recall.gone / recall.planted)}), ${recall.sentences} sentences`,
  );
  const kinds = Object.entries(recall.byKind).map(([kind, { planted, gone }]) => `${kind} ${gone}/${planted}`);
  console.log(`  ${kinds.join(", ")}`);
  if (showMisses && part !== "held-out")
    for (const { leaked, text, redacted } of recall.leaks) console.log(`  ${leaked}\n    ${text}\n    ${redacted}`);
}
const lost = new Map<string, number>();
for (const part of ["development", "development-2", "development-3", "held-out", "held-out-2"]) {
  const utterances = read(`utterances/${part}.jsonl`)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => Utterance.parse(JSON.parse(line)));
  const loss = measureLoss(utterances, vocabulary, lexicon);
  console.log(
    `${part}: ${share(loss.kept)} of words kept, ${share(loss.whole)} of ${loss.utterances} utterances whole, ${share(loss.sameFacts)} understood as before`,
  );
  if (!part.startsWith("held-out")) for (const [word, n] of loss.lost) lost.set(word, (lost.get(word) ?? 0) + n);
}
if (showMisses) {
  const often = [...lost].sort((a, b) => b[1] - a[1]).map(([word, n]) => `${word} ${n}`);
  console.log(`lost of the development parts: ${often.join(", ")}`);
}
const text = "I have had a cough since Monday, my name is Rose and my number is 0151 496 0123. ".repeat(20);
const began = performance.now();
for (let n = 0; n < 20; n++) redact(text, vocabulary);
console.log(`${((text.length * 20) / (performance.now() - began)).toFixed(0)} characters a millisecond`);
