/** Agreeing, after the beginning, that one's redacted words may be used for training; and no longer agreeing. */
import { z } from "zod";
import { ServerError } from "./errors.ts";
import { DISCLAIMER } from "./log-messages.ts";
import type { Route } from "./routes.ts";

export const TrainingConsent = z.strictObject({
  /** False: no longer. What was exported before goes with the next export. */
  agreed: z.boolean(),
});

export const TRAINING_ROUTE: Route = {
  method: "POST",
  path: "/v1/consultations/{id}/training",
  operation: "decideOnTraining",
  summary: "Whether the person's words, redacted, may be used for training. Without their yes they are not.",
  body: { name: "TrainingConsent", schema: TrainingConsent },
  status: 200,
  answer: { name: "TrainingConsent", schema: TrainingConsent },
  async handle({ holder, id, body }, { hub }) {
    const { agreed } = body as z.infer<typeof TrainingConsent>;
    const session = await hub.find(holder, id);
    await session.note((events) => {
      const latest = events.findLast((event) => event.type === "consented");
      // Consent to the conversation itself is asked for in the conversation.
      if (!latest) throw new ServerError("consent-required", "there is no consent to the conversation yet");
      const disclaimer = DISCLAIMER;
      if (agreed === (latest.training === true)) return [];
      return [{ type: "consented", disclaimer, ...(agreed && { training: true as const }) }];
    });
    return { agreed };
  },
};
