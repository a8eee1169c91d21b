/** Who listens to a consultation, and how each audience is told the same thing once. */
import type { Audience, DifferentialView, ServerMessage } from "./protocol.ts";

/** Somebody who is told what happens: a connection. */
export interface Listener {
  readonly audience: Audience;
  tell(messages: readonly ServerMessage[]): void;
  /** The same for what was missed, however much it is. */
  catchUp(messages: readonly ServerMessage[]): void;
  tellDifferential(view: DifferentialView, seq: number): void;
  leave(code: number, reason: string): void;
}

export class Listeners {
  readonly #listeners = new Set<Listener>();

  get count(): number {
    return this.#listeners.size;
  }

  add(listener: Listener): void {
    this.#listeners.add(listener);
  }

  remove(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** Tells everybody what their audience is to know. */
  tell(messages: (audience: Audience) => readonly ServerMessage[]): void {
    const byAudience = new Map<Audience, readonly ServerMessage[]>();
    for (const listener of this.#listeners) {
      const { audience } = listener;
      const told = byAudience.get(audience) ?? messages(audience);
      byAudience.set(audience, told);
      listener.tell(told);
    }
  }

  /** Tells clinicians; `view` is worked out where there is one. */
  tellDifferential(view: () => DifferentialView, seq: number): void {
    const clinicians = [...this.#listeners].filter(({ audience }) => audience === "clinician");
    if (clinicians.length === 0) return;
    const shown = view();
    for (const listener of clinicians) listener.tellDifferential(shown, seq);
  }

  /** Sends everybody away. */
  dismiss(code: number, reason: string): void {
    for (const listener of this.#listeners) listener.leave(code, reason);
    this.#listeners.clear();
  }
}
