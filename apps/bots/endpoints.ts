/** The webhooks of channels as endpoints of a running server: its consultations, its store, its end. */
import { z } from "zod";
import type { SignedEndpoint } from "../server/endpoint.ts";
import type { Practice } from "./practice.ts";
import { type ListenerOptions, webhookListener } from "./webhooks.ts";

/** Channels check their vendors' signatures themselves; what the vendor sends is as the vendor documents it. */
export function channelEndpoints(practice: Practice, options: ListenerOptions): SignedEndpoint[] {
  const listener = webhookListener(practice, options);
  const serve: SignedEndpoint["serve"] = async (request, response) => {
    listener(request, response);
    await new Promise((resolve) => response.once("close", resolve));
  };
  return Object.entries(options.channels).flatMap(([path, { name, confirm }]): SignedEndpoint[] => {
    const operation = path.replace(/[^A-Za-z0-9]+(\w)/g, (_, letter: string) => letter.toUpperCase());
    const delivery: SignedEndpoint = {
      method: "POST",
      path,
      guard: "signature",
      operation: `deliver${operation}`,
      summary: `Messages that come over ${name}, signed by the vendor. See docs/bots.md.`,
      body: { name: "VendorRequest", schema: VendorRequest },
      answers: [{ status: 200, description: "Taken; the reply where the vendor reads it from here." }],
      serve,
    };
    if (!confirm) return [delivery];
    const confirmation: SignedEndpoint = {
      method: "GET",
      path,
      guard: "signature",
      operation: `confirm${operation}`,
      summary: `Confirms this address to ${name}, which proves itself by the verify token.`,
      answers: [{ status: 200, description: "The vendor's own challenge." }],
      serve,
    };
    return [delivery, confirmation];
  });
}

const VendorRequest = z.record(z.string(), z.unknown());
