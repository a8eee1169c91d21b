/** A trained policy as an agent: the events of a consultation in, its next act out. */
import type { Act, Diagnostician } from "../../src/index.ts";
import type { Policy } from "./open.ts";
import { type Situation, situationOf } from "./situation.ts";
import { symbolPlayer } from "./symbol-player.ts";
import { textPlayer } from "./text-player.ts";
import type { PlayOptions } from "./types.ts";

export interface PolicyDiagnostician extends Diagnostician {
  /** The same where what is known is at hand, and the events are not. */
  act(situation: Situation, signal?: AbortSignal): Promise<Act>;
}

export function policyDiagnostician(policy: Policy, options: PlayOptions = {}): PolicyDiagnostician {
  const { language } = policy;
  const player =
    language.type === "symbols"
      ? symbolPlayer(policy, language.symbols, options)
      : textPlayer(policy, language.text, options);
  const { temperature = 0, parsing = "strict" } = options;
  return {
    name: `policy:${policy.name}`,
    versions: { ...policy.versions, options: JSON.stringify({ temperature, parsing }) },
    next: (events, left, signal) => player.act(situationOf(events, left), signal),
    act: player.act,
  };
}
