/** Everyday words that mean the same in a consultation, so that "tummy ache" finds abdominal pain. */
import { stem, wordsOf } from "./words.ts";

/** One concept a line. A phrase of two or three words counts only in its order, stop words included. */
const CONCEPTS = `
pain: pain, painful, hurt, ache, aching, sore, soreness, tender
vomiting: vomit, throw up, puke, being sick, bring up food
nausea: nausea, nauseous, nauseated, queasy, sick to your stomach
fatigue: fatigue, fatigued, tired, tiredness, exhausted, exhaustion, worn out, no energy, lethargy, lethargic
breathless: breathless, short of breath, shortness of breath, out of breath, difficulty breathing, trouble breathing, dyspnea
dizzy: dizzy, lightheaded, light headed, giddy, vertigo, woozy
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
place: where, location, located, place, spot, whereabouts
onset: start, begin, appear, onset, came on
travel: travel, trip, abroad, overseas
hoarse: hoarse, hoarseness, husky, raspy
colour: color, colour
kind: character, characterize, kind, type, describe
swallow: swallow, dysphagia
spread: spread, radiate, radiation
lump: lump, bump, mass, nodule`;

const LONGEST = 3;

/** Concept by the stems of its phrases, joined by a space. */
const BY_STEMS: ReadonlyMap<string, string> = new Map(
  CONCEPTS.trim()
    .split("\n")
    .flatMap((line) => {
      const [concept, phrases] = line.split(":") as [string, string];
      return phrases.split(",").map((phrase): [string, string] => [wordsOf(phrase).map(stem).join(" "), `~${concept}`]);
    }),
);

/** The concept that begins at word `at` of a text given as stems, the longest phrase first. */
export function conceptAt(stems: readonly string[], at: number): { concept: string; length: number } | undefined {
  for (let length = Math.min(LONGEST, stems.length - at); length > 0; length--) {
    const concept = BY_STEMS.get(length === 1 ? stems[at]! : stems.slice(at, at + length).join(" "));
    if (concept) return { concept, length };
  }
  return undefined;
}
