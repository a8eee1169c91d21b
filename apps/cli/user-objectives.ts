/** A user's own objectives, loaded from the module that a configuration names. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ObjectiveRegistry } from "../../gpu-trainer/index.ts";
import { CommandError } from "../errors.ts";

/** The default export of the module: objectives by name. Throws `bad-objectives`. */
export async function loadObjectives(file: string): Promise<ObjectiveRegistry> {
  const place = { file };
  const load = async (): Promise<{ default?: unknown }> => import(pathToFileURL(resolve(file)).href);
  const { default: registry } = await load().catch((cause: unknown) => {
    throw new CommandError("bad-objectives", `could not be loaded: ${String(cause)}`, { place, cause });
  });
  if (registry && typeof registry === "object") return registry as ObjectiveRegistry;
  throw new CommandError("bad-objectives", "has no default export with objectives by name", { place });
}
