/**
 * Text as redaction reads and leaves it: plain letters, digits and marks. Disguises (look-alike letters of other
 * alphabets, invisible characters, wide or foreign digits, marks of direction) are gone; accents and pictures too.
 */

/** Letters that look like a Latin one, in pairs. Text that is truly Greek or Cyrillic is unknown to redaction either way. */
const LOOK_ALIKES = pairs(`
  аaеeоoрpсcуyхxіiјjѕsԁdһhӏlԛqԝwкkмmнhтtвbгrпnАAВBЕEКKМMНHОOРPСCТTУYХXІIЈJЅSӀI
  αaεeιiκkνvοoρpτtυuχxγyμuηnωwβbΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX
  ıiłlŁLøoØOđdĐDðdþpɑaɡgɩiᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpʀrꜱsᴛtᴜuᴠvᴡwʏyᴢz`);

const WIDER = new Map([
  ["ß", "ss"],
  ["æ", "ae"],
  ["Æ", "AE"],
  ["œ", "oe"],
  ["Œ", "OE"],
]);

function pairs(text: string): ReadonlyMap<string, string> {
  const letters = [...text.replace(/\s/g, "")];
  return new Map(letters.flatMap((letter, i) => (i % 2 === 0 ? [[letter, letters[i + 1]!] as const] : [])));
}

const DASHES = /[\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]/g;
const APOSTROPHES = /[\u2018-\u201b\u02b9-\u02bf\u02c8\u2032\u00b4`\u00b7\ua78c]/g;
const QUOTES = /[\u201c-\u201f\u2033\u00ab\u00bb]/g;
const BEYOND_ASCII = /[^\n\t\x20-\x7e]/;

export function plainText(text: string): string {
  if (!BEYOND_ASCII.test(text)) return text.replace(/\t/g, " ");
  return text
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, "\n")
    .replace(APOSTROPHES, "'")
    .replace(QUOTES, '"')
    .replace(/º/g, "°")
    .normalize("NFKD")
    .replace(APOSTROPHES, "'")
    .replace(/[\p{M}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, "")
    .replace(/\u2044/g, "/")
    .replace(/\p{Nd}/gu, asciiDigit)
    .replace(/[^\0-\x7f]/gu, (letter) => LOOK_ALIKES.get(letter) ?? WIDER.get(letter) ?? letter)
    .replace(DASHES, "-")
    .replace(/…/g, "...")
    .replace(/[\p{Z}\t]/gu, " ")
    .replace(/[^\n\x20-\x7e°£€\p{L}]/gu, "");
}

/** The digits of each script stand in runs of ten from its zero. */
function asciiDigit(digit: string): string {
  let before = 0;
  for (let code = digit.codePointAt(0)! - 1; /\p{Nd}/u.test(String.fromCodePoint(code)); code--) before++;
  return String(before % 10);
}
