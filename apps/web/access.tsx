/** Asks for the token of a server that has them. */
import type { FormEvent } from "react";

interface Properties {
  /** A token was given, and the server did not take it. */
  readonly wasRefused: boolean;
  readonly onToken: (token: string) => void;
}

export function Access({ wasRefused, onToken }: Properties) {
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget).get("token");
    if (typeof given === "string" && given.trim() !== "") onToken(given.trim());
  };
  return (
    <main className="sheet">
      <h1>Access</h1>
      <p className="lead">This server asks for a token. Whoever runs it can give you one.</p>
      <form className="form" onSubmit={submit}>
        <div className="field">
          <label htmlFor="token">Access token</label>
          <input
            id="token"
            name="token"
            type="password"
            required
            autoComplete="off"
            aria-invalid={wasRefused}
            aria-describedby="token-note"
          />
          <p
            id="token-note"
            className={wasRefused ? "field__fault" : "field__hint"}
            role={wasRefused ? "alert" : undefined}
          >
            {wasRefused
              ? "The server did not accept this token. Check it, or ask for another one."
              : "It is kept in this tab only, and forgotten when you close it."}
          </p>
        </div>
        <button type="submit" className="primary">
          Continue
        </button>
      </form>
    </main>
  );
}
