/** What the page asks of the server besides the chat: the transcript, and that a conversation be deleted. */
import { type ChatClient, openChat, ticketsFrom } from "../client/index.ts";
import type { Kept } from "./kept.ts";

const HERE = location.origin;

/** A chat with the server that the page came from; goes on with the consultation that was kept. */
export function connect({ consultation, token }: Kept): ChatClient {
  const chat = openChat({ url: `${HERE.replace("http", "ws")}/v1/chat`, ticket: ticketsFrom({ url: HERE, token }) });
  if (consultation !== undefined) chat.resume(consultation);
  return chat;
}

/** The transcript as the server writes it. */
export async function fetchTranscript(consultation: string, token: string | undefined): Promise<string> {
  return (await call("GET", `/v1/consultations/${consultation}/transcript`, token)).text();
}

export async function deleteConsultation(consultation: string, token: string | undefined): Promise<void> {
  await call("DELETE", `/v1/consultations/${consultation}`, token);
}

async function call(method: string, path: string, token: string | undefined): Promise<Response> {
  const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(path, { method, headers }).catch((cause) => {
    throw new Error("The server cannot be reached. Try again in a moment.", { cause });
  });
  if (!answer.ok) throw new Error(`The server refused (status ${answer.status}). Try again in a moment.`);
  return answer;
}
