/** Is a message in English? Told by its script and by function words; one foreign word in an English message is none. */
import { fold, isFunctionWord, wordsOf } from "../lexicon/words.ts";

/** Function words and the commonest complaints of other languages, folded; none is an English word. */
const FOREIGN = new Set(
  `
  hola gracias tengo tiene duele duelen mucho muy estoy desde hace siento dolor fiebre cabeza el los las del una con por
  para pero porque tambien cuando donde como esta mi garganta tos espalda ayuda ayer dias
  ola obrigado obrigada tenho estou sinto febre doi muito nao minha meu uma com dor dores peito barriga ha desde voce
  bonjour salut merci oui je suis j'ai mal tres fatigue ne pas le les des une avec pour mais depuis dans mon ma mes tete
  ventre toux fievre gorge jours c'est aussi
  ciao grazie ho sono febbre mi fa gola mia mio della che il lo gli con da molto anche testa pancia giorni tosse
  hallo guten danke ja nein ich habe hab bin mir ist seit und nicht kein keine mein meine der das ein eine schlecht
  kopfschmerzen bauchschmerzen halsschmerzen fieber schmerzen husten auch sehr wenn aber tage gestern heute weh tut
  ik heb ben niet een het mijn hoofdpijn buikpijn koorts keelpijn sinds pijn
  mam jestem nie boli mnie mi goraczke glowa brzuch jest od dwoch bardzo kaszel
  merhaba basim basım agriyor agrıyor karnim karnım bogazim var ates atesim cok evet hayir
  jag har ont jeg vondt huvudvark hodepine feber magen halsen hej tack och och inte
  saya sakit kepala perut demam batuk ada tidak
  am ma doare durere capul burta febra
  boli glava mene imam temperaturu bolest hlava teplota mam bricho
  szia faj fejem hasam laz lazam vagyok
  toi bi dau bung sot
  masakit ulo ang ako po
`
    .trim()
    .split(/\s+/),
);
/** Words of the list that English has too, or that people type for something else: they count for nothing. */
const SHARED = new Set([
  "am",
  "fa",
  "ma",
  "mi",
  "po",
  "ha",
  "do",
  "da",
  "mal",
  "son",
  "con",
  "die",
  "lo",
  "od",
  "var",
  "ate",
  "el",
  "as",
  "fatigue",
]);

/** Latin letters, and what all scripts share. */
const OTHER_SCRIPT =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Devanagari}\p{Script=Thai}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Gujarati}\p{Script=Gurmukhi}\p{Script=Georgian}\p{Script=Armenian}\p{Script=Ethiopic}\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}\p{Script=Sinhala}\p{Script=Malayalam}\p{Script=Kannada}]/gu;

/** Letters that English does not write, once accents are off. */
const FOREIGN_LETTER = /[łıßøđæœħŋþ]/u;

/** True where `text` is in another language than English; `isKnown` tells the words that findings know. */
export function isOtherLanguage(text: string, isKnown: (word: string) => boolean): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters === 0) return false;
  if ((text.match(OTHER_SCRIPT)?.length ?? 0) > letters / 2) return true;
  let [foreign, english] = [0, 0];
  for (const word of wordsOf(text)) {
    if (FOREIGN_LETTER.test(word)) foreign++;
    else if (SHARED.has(word) || /\d/.test(word)) continue;
    else if (FOREIGN.has(word)) foreign++;
    else if (isFunctionWord(word) || isKnown(word)) english++;
  }
  // Accents that folding takes off are a hint where nothing else decides.
  if (foreign === 0) return false;
  const accented = fold(text).length !== text.toLowerCase().normalize("NFKD").length;
  return foreign > english || (accented && foreign >= english);
}
