/** Why the questions stop, how urgent it is, and whom to call. Read out at once; stays in view. */
import type { Entry } from "../client/index.ts";
import { isEmergency } from "./words.ts";

export function RedFlagBanner({ entries }: { readonly entries: readonly Entry[] }) {
  const flags = entries.filter((entry) => entry.kind === "red-flag");
  const number = flags.find(({ urgency }) => isEmergency(urgency))?.emergencyNumber;
  return (
    <div role="alert">
      {flags.length > 0 && (
        <div className="flag">
          <h2>{number === undefined ? "This should be looked at soon" : "This may be an emergency"}</h2>
          {flags.map(({ key, message }) => (
            <p key={key}>{message}</p>
          ))}
          {number !== undefined && (
            <a className="flag__call" href={`tel:${number.replace(/[^\d+*#]/g, "")}`}>
              Call {number}
            </a>
          )}
        </div>
      )}
    </div>
  );
}
