/** Words beside which names stand, and words that show that none does. */

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

/** They end a name, or show that none stands here. */
export const FUNCTION =
  set(`a an the and or but so i i'm im i'd i've my me we us our you your he she it its it's they them
  their his her this that these those is am are was were be been being has have had do does did can could will's would
  should not no to of in on at by for with from as if when then than because since about who what where how why just also
  very too here there now today yesterday please thanks thank yes ok okay up down out off over again only really always
  never some any said says told gave thinks thought prescribed put sent wants wanted asked ordered checked diagnosed saw
  took started changed called reckons recommended suggested appointment appointments surgery visit office lives works years
  year old aged age female male patient speaking calling feels feeling got gets isn't wasn't hasn't didn't doesn't don't
  haven't keeps came went needs looked knows referred advised agreed i'll complaint`);

export const TITLES = set("mr mrs mx prof professor messrs mister missus");

/** Titles that are everyday words besides. */
export const LOOSE_TITLES =
  set(`miss ms dr doctor nurse sister matron midwife sir dame lord lady rev reverend father pastor
  rabbi imam judge sergeant captain colonel uncle aunt auntie aunty grandma grandpa granny nana consultant solicitor lawyer
  teacher coach`);

export const KIN = set(`son daughter husband wife partner girlfriend boyfriend brother sister mother mum mom dad father
  friend neighbour neighbor colleague boss flatmate cousin uncle aunt auntie nephew niece baby child boy girl kid toddler
  grandson granddaughter grandma grandmother grandad grandpa grandfather gran nan nana fiance fiancee twin twins carer
  roommate housemate landlord landlady mate bestie stepson stepdaughter dog cat ex one manager`);

export const GREETINGS = set("hi hello hey hiya dear morning afternoon evening greetings hullo heya");

export const FAREWELLS =
  set(`regards sincerely faithfully cheers thanks thank yours best wishes love kind xx x ta signed
  truly`);

export const NAMED = set("called named surname forename lastname firstname middlename nickname signed aka");

/** What somebody does of whom one speaks: "Grace has", "mark fell". */
export const FINITE = set(`is has had was says said keeps kept started got feels isn't wasn't hasn't doesn't won't can't
  woke complains needs gets seems went came did does thinks told gave asked looks vomited fell lives`);

/** Names that are auxiliaries or common verbs: "my son will cough". */
export const AUXILIARY = set("will may can hope mark bill long");

/** Words before somebody who is spoken of. */
export const BEFORE_SOMEBODY = set("ask asked tell told met saw with love thanks cheers and");

export const LIVING = set(`live lives lived living born moved stay stayed staying based come comes came from grew move
  moving back up`);
export const INTO = set("in near to at from around outside");

/** Capitalised wherever they stand, or by habit. */
export const CAPITAL_BY_HABIT =
  set(`i i'm i'd i've i'll monday tuesday wednesday thursday friday saturday sunday mum mom
  dad mummy daddy gran nan grandma grandpa grandad doctor dr gp nhs english european asian african american british`);

/** They say how somebody is, though they are names too: "I'm young", "my son cold". */
export const QUALITIES =
  set(`little small large strong good best fine fair old young long short cold hot red white green
  blue grey gray brown black sharp swift smart wise sick sunny happy stormy down hurt burn burns low gay free quick savage
  wild minor moody patience new early late day days week weeks pill rash normal settle rest over nice poor heavy golden
  honest`);
