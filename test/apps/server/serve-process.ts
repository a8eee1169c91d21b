/** The command as a process of its own, for tests that end it from outside. */
import { serveCommand } from "../../../apps/cli/serve.ts";

await serveCommand().parseAsync(process.argv);
