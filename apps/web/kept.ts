/**
 * What outlives a reload, in this tab only: the consultation and the token. Nothing that was said is kept in the browser;
 * the server tells it again.
 */
export interface Kept {
  readonly consultation?: string | undefined;
  readonly token?: string | undefined;
}

const CONSULTATION = "anamnesis.consultation";
const TOKEN = "anamnesis.token";

export function kept(): Kept {
  const read = (key: string) => sessionStorage.getItem(key) ?? undefined;
  return { consultation: read(CONSULTATION), token: read(TOKEN) };
}

export function keepConsultation(consultation: string | undefined): void {
  keep(CONSULTATION, consultation);
}

export function keepToken(token: string | undefined): void {
  keep(TOKEN, token);
}

function keep(key: string, value: string | undefined): void {
  if (value === undefined) sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, value);
}
