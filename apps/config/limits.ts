/** The server's limits as settings. Silence has settings of its own, in minutes and hours, and is no limit here. */
import { Limits } from "../server/limits.ts";
import { setting } from "./notes.ts";

const Told = Limits.omit({ idleMs: true, expireMs: true });

const ABOUT: Readonly<Record<keyof typeof Told.shape, string>> = {
  payloadBytes: "bytes of one WebSocket message or one HTTP body",
  connections: "open WebSockets of all clients",
  messagesPerSecond: "messages a second of one connection, on average",
  messagesAtOnce: "messages of one connection in a burst",
  refusals: "refusals in a row after which a connection is closed",
  requestsPerSecond: "HTTP requests a second of one token, on average",
  requestsAtOnce: "HTTP requests of one token in a burst",
  queue: "messages of one consultation that wait for their turn",
  events: "events of one consultation",
  underWay: "messages of all consultations that are being answered or wait",
  remembered: "messages of one consultation that are remembered, to know a repetition",
  dropAboveBytes: "unsent bytes of a connection above which pieces of text are left out",
  closeAboveBytes: "unsent bytes of a connection above which it is closed",
  heartbeatMs: "milliseconds between two heartbeats",
  openWithinMs: "milliseconds in which a connection must open a consultation",
  turnMs: "milliseconds that one message may take to answer",
  drainMs: "milliseconds that messages under way are given when the server goes down",
};

for (const [name, about] of Object.entries(ABOUT)) setting(about, Told.shape[name as keyof typeof Told.shape]);

export const LimitSettings = Told;
