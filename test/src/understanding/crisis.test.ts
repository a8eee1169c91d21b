import { describe, expect, it } from "vitest";
import { fold, readCrisis, understand } from "../../../src/index.ts";
import { lexicon } from "./starter.ts";

const kindOf = (text: string) => readCrisis(fold(text))?.kind;

describe("a crisis", () => {
  it.each([
    "I don't see a reason to be here anymore",
    "I can't see any point in living",
    "there's no point in carrying on",
    "what's the point of going on",
    "I've had enough of life",
    "I took all my mum's tablets, scared now",
    "I've swallowed a whole packet of paracetamol",
    "I took 40 paracetamol tablets",
    "I necked thirty of my sleeping pills",
    "I've been saving up my tablets",
    "I've written the letters and saved up enough pills",
    "I have a rope ready",
    "I'm standing on the platform and I don't think I'm getting on the train",
    "I'm sat on the bridge and I'm not going home",
    "they'd all be better off without me",
    "everyone would be better without me",
    "nobody would miss me if I went",
    "I just want it all to stop for good",
    "I want everything to be over",
    "I wrote goodbye letters to the kids",
    "I hope I don't wake up tomorrow",
    "I want to go to sleep forever",
    "I won't be around much longer",
    "I've planned how I'll do it",
    "I don't want to wake up any more",
  ])("of one's own: %j", (text) => expect(kindOf(text)).toBe("own"));

  it.each([
    "she's on the roof and says she'll jump",
    "my friend says he'll jump if she leaves",
    "my brother took an overdose this morning",
    "my son has written a farewell note",
    "gran has taken all her pills at once",
  ])("of somebody else's: %j", (text) => expect(kindOf(text)).toBe("other"));
});

describe("no crisis", () => {
  it.each([
    "it kills me when I tug the lobe",
    "my flank is killing me",
    "dying for a wee",
    "my phone died",
    "I could murder a sandwich",
    "bored to death",
    "I'm so tired I could die",
    "these stairs will be the death of me",
    "my battery is dead and my leg went dead",
    "I nearly died laughing",
    "I'd kill for a good night's sleep",
    "my dog died last week",
    "I've taken all my tablets today",
    "I take two paracetamol now and again",
    "took 500 mg paracetamol",
    "I took 10 days of antibiotics",
    "I finished all my antibiotics last week",
    "I don't see the point in going on with these tablets",
    "there's no point in going to the doctor",
    "what's the point of this question",
    "I hope I don't wake up with a headache again",
    "I have had enough of this cough",
    "I want this cough to go away for good",
    "we were on the bridge when my chest went tight",
    "standing on the platform my feet ached",
    "fell off the roof and hurt my back",
    "I need to jump in the shower",
    "my mum took an overdose when I was a child and I still have bad dreams about it",
  ])("%j", (text) => {
    expect(kindOf(text)).toBeUndefined();
    expect(understand(lexicon, text).intent).not.toBe("crisis");
  });
});
