/**
 * Which multiple-choice questions ask for a diagnosis, told from their words alone. Kept are those that ask which
 * diagnosis, disease, disorder, syndrome or condition the patient has. Left out are those about something else that
 * mention the diagnosis (its treatment, test, cause, risk factor, finding), and those that ask for a cause or an
 * explanation: their answers mix conditions with organisms, drugs and mechanisms.
 */

/** `Which of the following is the most likely diagnosis`, from the asking word on. */
const ASKS_DIAGNOSIS =
  /\b(?:which|what)\b(?: of the following)? (?:is|was) (?:the |this patient's )?(?:patient's )?(?:most )?likely (?:the |this patient's )?(?:most likely )?(?:underlying )?(?:diagnosis\b|(?:disease|disorder|condition)\W*$)/;

/** `What disease is the child suffering from`, `Which personality disorder is most likely`. */
const ASKS_DISEASE =
  /\b(?:which|what)\b(?: of the following)?(?: [\w-]+){0,3}? (?:diseases?|disorders?|syndromes?|conditions?)\b.*\b(?:likely|suffering|characterizes|best explains)\b/;

/** `These findings support a diagnosis of which of the following`, `clinical features of which disease`. */
const ENDS_IN_DISEASE =
  /\b(?:diagnosis of which of the following|features of which (?:disease|disorder|syndrome|condition)|likely has)\s*[?:]?$/;

/** What follows the asking word where the question is about something else. */
const ABOUT_SOMETHING_ELSE =
  /\b(?:treat\w*|therap\w*|tests?|testing|confirm\w*|step|risk|predispos\w*|caused?|led to|consequence|complications?|prevent\w*|mutated|genes?|chromosomes?|except|associated with which|develop|increase[sd]?|discourage|explain the|mechanism)\b/;

export function asksForDiagnosis(question: string): boolean {
  const text = question
    .toLowerCase()
    .replaceAll("’", "'")
    .replace(/[\s"]+/g, " ")
    .trim();
  // Only the last clause asks; what stands before it (laboratory values, findings) is told.
  const clause = text.slice(Math.max(text.lastIndexOf("which of "), text.search(/\b(?:which|what)\b[^?]*$/), 0));
  if (ENDS_IN_DISEASE.test(text)) return true;
  return (ASKS_DIAGNOSIS.test(clause) || ASKS_DISEASE.test(clause)) && !ABOUT_SOMETHING_ELSE.test(clause);
}
