/** Everyday words that mean the same in a consultation, so that "tummy ache" finds abdominal pain. */
import { stem, wordsOf } from "./words.ts";

/** One concept a line. A phrase of two or three words counts only in its order, stop words included. */
const CONCEPTS = `
pain: pain, painful, hurt, ache, aching, sore, soreness, tender, agony, agonizing, agonising
vomiting: vomit, throw up, puke, being sick, been sick, bring up food
nausea: nausea, nauseous, nauseated, queasy, sick to your stomach
fatigue: fatigue, fatigued, tired, tiredness, exhausted, exhaustion, worn out, no energy, lethargy, lethargic
breathless: breathless, short of breath, shortness of breath, out of breath, difficulty breathing, trouble breathing, dyspnea
dizzy: dizzy, lightheaded, light headed, giddy, woozy
faint: faint, pass out, black out, blackout, lose consciousness, syncope, collapse
fever: fever, feverish, febrile, high temperature, pyrexia
itch: itch, itchy, itching, pruritus, itchiness
rash: rash, eruption, skin lesion, skin spots
swelling: swell, swelling, edema, puffy, puffiness
belly: abdomen, belly, tummy, stomach, gut
stool: stool, poo, poop, feces, bowel movement
diarrhea: diarrhea, loose stool, runny stool, watery stool, the runs
urine: urine, urinate, urination, pee, wee, pass water, passing water
sweat: sweat, sweating, sweaty, perspire, perspiration
palpitations: palpitation, heart racing, heart pounding, heart fluttering, racing heart, heart beating fast
seizure: seizure, convulsion, epileptic fit
weak: weak, weakness, feeble
numb: numb, numbness, tingling, tingle, pins and needles, loss of sensation
blood: blood, bleed, bleeding, bloody
phlegm: phlegm, mucus, sputum
relative: relative, family, mother, father, parent, brother, sister, sibling
smoke: smoke, smoker, cigarette, tobacco
alcohol: alcohol, booze, drinking
medicine: medicine, medication, drug, pill, tablet
hypertension: hypertension, high blood pressure
heart attack: heart attack, myocardial infarction
anxious: anxious, anxiety, nervous, worried
pregnant: pregnant, pregnancy, expecting a baby
severe: severe, severity, bad, intense, intensity, strong
place: where, location, located, place, whereabouts
shoulderblade: shoulder blade
blur: blurred, blurry, blur, fuzzy
onset: start, begin, appear, onset, came on
travel: travel, trip, abroad, overseas
hoarse: hoarse, hoarseness, husky, raspy
colour: color, colour
kind: character, characterize, kind, type, describe
swallow: swallow, dysphagia
spread: spread, radiate, radiation
lump: lump, bump, mass, nodule`;

/** Concept by the stems of its phrases, joined by a space. */
const BY_STEMS: ReadonlyMap<string, string> = new Map(
  CONCEPTS.trim()
    .split("\n")
    .flatMap((line) => {
      const [concept, phrases] = line.split(":") as [string, string];
      return phrases.split(",").map((phrase): [string, string] => [wordsOf(phrase).map(stem).join(" "), `~${concept}`]);
    }),
);

/** By its first stem, how many stems the longest phrase has. */
const BY_FIRST: ReadonlyMap<string, number> = [...BY_STEMS.keys()].reduce((longest, phrase) => {
  const stems = phrase.split(" ");
  return longest.set(stems[0]!, Math.max(longest.get(stems[0]!) ?? 0, stems.length));
}, new Map<string, number>());

/** Every phrase of every concept, as written. */
export const CONCEPT_PHRASES: readonly string[] = CONCEPTS.trim()
  .split("\n")
  .flatMap((line) =>
    line
      .split(":")[1]!
      .split(",")
      .map((phrase) => phrase.trim()),
  );

/** The concept that begins at word `at` of a text given as stems, the longest phrase first. */
export function conceptAt(stems: readonly string[], at: number): { concept: string; length: number } | undefined {
  const longest = BY_FIRST.get(stems[at]!);
  if (longest === undefined) return undefined;
  for (let length = Math.min(longest, stems.length - at); length > 0; length--) {
    const concept = BY_STEMS.get(length === 1 ? stems[at]! : stems.slice(at, at + length).join(" "));
    if (concept) return { concept, length };
  }
  return undefined;
}
