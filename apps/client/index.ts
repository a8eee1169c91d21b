/** The chat client: one for the web page, the terminal and whoever else speaks the protocol. Runs in browsers and Node. */
export { openChat } from "./chat.ts";
export { ChatProblem } from "./problems.ts";
export { ticketsFrom } from "./tickets.ts";
export type {
  Audience,
  ChatClient,
  ChatClientOptions,
  ChatState,
  ConnectionStatus,
  DifferentialView,
  Entry,
  Person,
  Problem,
  Question,
  Socket,
  Suggestion,
  Understanding,
} from "./types.ts";
