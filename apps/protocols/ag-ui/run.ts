/**
 * One run: what the person wrote is said in the thread's consultation, and what comes of it is told as AG-UI's events. A
 * run that fails before its first event is refused as any request is; one that fails later ends in RUN_ERROR.
 */
import { isDeepStrictEqual } from "node:util";
import { type Event, EventType, type Interrupt, PROTOCOL_VERSION } from "@ag-ui/core";
import { begun, type Exchange, exchange, restOf, stampOf } from "../../server/exchange.ts";
import { unlessGone } from "../../server/hub.ts";
import { patchBetween } from "../../server/json-patch.ts";
import { DISCLAIMER } from "../../server/log-messages.ts";
import { refused } from "../../server/refused.ts";
import type { RouteContext } from "../../server/routes.ts";
import type { Session } from "../../server/session.ts";
import { type Holder, namedConsultationId } from "../../server/tokens.ts";
import { interruptOf, type Props, propsOf, type RunInput, wordsIn } from "./input.ts";
import { type ConsultationState, stateOf } from "./state.ts";

export interface Teller {
  tell(event: Event): void;
  /** Whether nobody listens any more. */
  gone(): boolean;
}

export async function run(
  { hub, log, metrics }: Pick<RouteContext, "hub" | "log" | "metrics">,
  holder: Holder,
  input: RunInput,
  { tell, gone }: Teller,
): Promise<void> {
  const props = propsOf(input);
  const { threadId, runId, state: held } = input;
  const session = await sessionOf(hub, holder, input, props);
  tell({ type: EventType.RUN_STARTED, threadId, runId, protocolVersion: PROTOCOL_VERSION });
  try {
    const words = wordsIn(input, session);
    let state: ConsultationState | undefined;
    let last: Exchange | undefined;
    if (session) {
      state = stateOf(session, holder.audience, DISCLAIMER);
      if (!isDeepStrictEqual(held, state)) tell({ type: EventType.STATE_SNAPSHOT, snapshot: state });
      const talk = talkOf(tell, stampOf(`reply ${threadId} ${runId}`));
      for (const [index, said] of words.entries()) {
        if (gone()) return;
        const isLast = index === words.length - 1;
        if (!isLast && session.ended) continue;
        const heard = await exchange(hub, holder, session, said, isLast ? talk.show : undefined);
        if (isLast) last = heard;
      }
      if (last) {
        if (last.redFlag) tell(custom("red-flag", last.redFlag));
        talk.end(last.text);
        const after = stateOf(session, holder.audience, DISCLAIMER);
        const delta = patchBetween(state, after);
        if (delta.length > 0) tell({ type: EventType.STATE_DELTA, delta: [...delta] });
        if (last.suggestions.length > 0) tell(custom("suggestions", last.suggestions));
      }
    }
    const interrupt = last && !last.ended && props.interrupts && interruptFor(last);
    tell({
      type: EventType.RUN_FINISHED,
      threadId,
      runId,
      ...(last && !interrupt && { result: resultOf(last) }),
      outcome: interrupt ? { type: "interrupt", interrupts: [interrupt] } : { type: "success" },
    });
  } catch (thrown) {
    const { code, message, advice } = refused(thrown, log).told();
    metrics.count("refused_total", `code="${code}"`);
    tell({ type: EventType.RUN_ERROR, code, message: `${message}. ${advice}` });
  }
}

/** The thread's consultation; undefined where there is none and nothing would be said in one. */
async function sessionOf(
  hub: RouteContext["hub"],
  holder: Holder,
  input: RunInput,
  { consent, age, sex }: Props,
): Promise<Session | undefined> {
  const name = `ag-ui ${input.threadId}`;
  if (input.resume?.length || !input.messages.some(({ role }) => role === "user")) {
    return hub.find(holder, namedConsultationId(holder, name)).catch(unlessGone);
  }
  return begun(hub, holder, { name, consent, person: { ...(age !== undefined && { age }), ...(sex && { sex }) } });
}

/** The agent's message of a run: pieces as they come, then the rest by words. */
function talkOf(tell: Teller["tell"], messageId: string) {
  let told: string | undefined;
  const show = (delta: string): void => {
    if (delta === "") return;
    if (told === undefined) tell({ type: EventType.TEXT_MESSAGE_START, messageId, role: "assistant" });
    told = (told ?? "") + delta;
    tell({ type: EventType.TEXT_MESSAGE_CONTENT, messageId, delta });
  };
  return {
    show,
    end(text: string): void {
      for (const piece of restOf(text, told ?? "")) show(piece);
      if (told !== undefined) tell({ type: EventType.TEXT_MESSAGE_END, messageId });
    },
  };
}

function custom(name: string, value: unknown): Event {
  return { type: EventType.CUSTOM, name, value };
}

function interruptFor({ to, text, suggestions }: Exchange): Interrupt {
  return {
    id: interruptOf(to),
    reason: "input_required",
    message: text,
    responseSchema: { type: "string", ...(suggestions.length > 0 && { examples: [...suggestions] }) },
    metadata: { suggestions: [...suggestions] },
  };
}

function resultOf({ consultation, ended, suggestions, conclusion }: Exchange) {
  return {
    consultation,
    ended,
    suggestions: [...suggestions],
    ...(conclusion?.urgency && { urgency: conclusion.urgency }),
  };
}
