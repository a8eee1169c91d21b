/**
 * Webhooks under load, as a process of its own that writes its address and what a load needs to be let in; asked, it tells
 * how much processor time it took, and what its store holds twice.
 */
import { openPractice, serveWebhooks, signedWebhookChannel, telegramChannel } from "../apps/bots/index.ts";
import { openStore } from "../apps/server/stores/open.ts";

const [named = "memory", secretToken = "", secret = ""] = process.argv.slice(2);
const store = await openStore(named);
const channels = {
  "/telegram": telegramChannel({ secretToken }),
  "/webhook": signedWebhookChannel({ secret }),
};
const { url } = await serveWebhooks({ channels, store, budget: 12 });

process.on("message", async (asked) => {
  const { user, system } = process.cpuUsage();
  if (asked === "cpu") process.send?.({ cpu: user + system });
  else process.send?.(await audited());
});
process.send?.({ url });

/** Consultations, messages, and how many of these, or of the questions, are there twice. */
async function audited() {
  const practice = await openPractice({ store });
  const counts = { consultations: 0, messages: 0, twice: 0 };
  for (const id of await store.list()) {
    const events = await practice.read(id);
    const said = events.flatMap((event) => (event.type === "patient-said" && event.id ? [event.id] : []));
    const asked = events.flatMap((event) => (event.type === "agent-asked" ? [event.turn] : []));
    counts.consultations++;
    counts.messages += said.length;
    counts.twice += said.length - new Set(said).size + asked.length - new Set(asked).size;
  }
  return counts;
}
