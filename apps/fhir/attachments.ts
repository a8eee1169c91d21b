/** Pictures and files that the person sent, as DocumentReferences: media type and where they are kept, unseen by the agent. */
import type { Dossier } from "./dossier.ts";
import { instantOf, withText } from "./primitives.ts";
import type { Resource } from "./types.ts";

export function attachmentsOf({ id, events, subject, encounter }: Dossier): Resource[] {
  return events.flatMap((event) => {
    if (event.type !== "attachment-received") return [];
    const { type, url, name } = event.attachment;
    return [
      {
        resourceType: "DocumentReference",
        id: id("DocumentReference", event.seq),
        status: "current",
        docStatus: "preliminary",
        subject,
        date: instantOf(event.time),
        author: [subject],
        description: "Sent by the person during the interview; the agent did not look at it.",
        content: [
          {
            attachment: {
              // A code and an address hold no white space.
              contentType: type.replace(/\s+/g, "") || "application/octet-stream",
              ...(url !== undefined && !/\s/.test(url) && { url }),
              ...withText("title", name),
            },
          },
        ],
        context: { encounter: [encounter] },
      },
    ];
  });
}
