/** docs/protocol.md against the schemas: what is shown there can be sent, and is complete. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ClientMessage, LiveMessage, LogMessage, ServerMessage } from "../../../apps/server/protocol.ts";

const text = readFileSync(join(import.meta.dirname, "../../../docs/protocol.md"), "utf8");
const shown = (arrow: string) =>
  [...text.matchAll(new RegExp(`^    ${arrow} (\\{.*\\})$`, "gm"))].map(([, json]) => JSON.parse(json!));

describe("docs/protocol.md", () => {
  test("shows messages as they are sent", () => {
    expect(shown("→").length).toBeGreaterThan(3);
    expect(shown("←").length).toBeGreaterThan(10);
    for (const message of shown("→")) expect(ClientMessage.safeParse(message).error).toBeUndefined();
    for (const message of shown("←")) expect(ServerMessage.safeParse(message).error).toBeUndefined();
  });

  test("names every message of the server", () => {
    const types = [...LogMessage.options, ...LiveMessage.options].map((option) => option.shape.type.value);
    expect(types.length).toBeGreaterThan(18);
    expect(types.filter((type) => !text.includes(`\`${type}\``))).toEqual([]);
  });
});
