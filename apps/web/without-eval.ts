/** Imported before every schema: the page's content security policy forbids the code that zod would otherwise compile. */
import { config } from "zod";

config({ jitless: true });
