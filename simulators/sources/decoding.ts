/** Bytes to text, strictly: what is not UTF-8 is an error, not a question mark. */
import { CaseError } from "../errors.ts";

/** Decodes a stream of UTF-8 bytes; a byte order mark is dropped. Throws `CaseError` naming `file`. */
export async function* decoded(file: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (cause) {
    throw new CaseError("unreadable", unreadableReason(cause), { place: { file }, cause });
  }
}

/** Why a file could not be read, in plain words. */
export function unreadableReason(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "no such file";
  if (code === "EISDIR") return "is a directory, expected a file";
  if (code === "EACCES") return "permission denied";
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return "is not UTF-8; convert the file first";
  return cause instanceof Error ? cause.message : String(cause);
}
