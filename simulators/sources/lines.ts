/**
 * The lines of a UTF-8 text file, streamed in constant memory. A byte order mark and CRLF are accepted; what cannot be
 * a text file of lines is refused with one clear error.
 */
import { constants, createReadStream } from "node:fs";
import { access, stat } from "node:fs/promises";
import { CaseError } from "../errors.ts";
import { unreadableReason } from "./decoding.ts";

/** No line of a case file is longer, in bytes. */
export const LONGEST_LINE = 1_000_000;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its line end. */
  readonly text: string;
}

/** Throws `CaseError` unless `file` is a regular file with content that may be read. */
export async function requireFile(file: string): Promise<void> {
  const place = { file };
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new CaseError("not-a-file", "is a directory, expected a file", { place });
    if (!found.isFile()) throw new CaseError("not-a-file", "is not a regular file", { place });
    if (found.size === 0) throw new CaseError("empty-file", "is empty", { place });
    await access(file, constants.R_OK);
  } catch (cause) {
    if (cause instanceof CaseError) throw cause;
    throw new CaseError("unreadable", unreadableReason(cause), { place, cause });
  }
}

/** The lines that are not blank. Throws `CaseError` on a line that is too long or not UTF-8, and where there is none. */
export async function* readLines(file: string, longest = LONGEST_LINE): AsyncGenerator<Line> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const stream = createReadStream(file);
  let rest: Buffer[] = [];
  let restLength = 0;
  let number = 0;
  let lines = 0;

  const refuse = (code: string, message: string, cause?: unknown): never => {
    throw new CaseError(code, message, { place: { file, line: number }, cause });
  };
  const decode = (bytes: Buffer): string => {
    try {
      const text = decoder.decode(bytes);
      return (number === 1 ? text.replace(/^\uFEFF/, "") : text).replace(/\r$/, "");
    } catch (cause) {
      return refuse("unreadable", encodingAdvice(bytes, number === 1), cause);
    }
  };
  const checkLength = (length: number): void => {
    if (length > longest) refuse("long-line", `is longer than ${longest} bytes; one case a line is expected`);
  };

  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
        number++;
        checkLength(restLength + end - start);
        const piece = chunk.subarray(start, end);
        const text = decode(rest.length > 0 ? Buffer.concat([...rest, piece]) : piece);
        rest = [];
        restLength = 0;
        start = end + 1;
        if (text.trim() === "") continue;
        lines++;
        yield { number, text };
      }
      if (start === chunk.length) continue;
      rest.push(chunk.subarray(start));
      restLength += chunk.length - start;
      if (restLength > longest) {
        number++;
        checkLength(restLength);
      }
    }
    number++;
    const text = decode(Buffer.concat(rest));
    if (text.trim() !== "") {
      lines++;
      yield { number, text };
    }
  } catch (cause) {
    if (cause instanceof CaseError || !isSystemError(cause)) throw cause;
    throw new CaseError("unreadable", unreadableReason(cause), { place: { file }, cause });
  } finally {
    stream.destroy();
  }
  if (lines === 0) throw new CaseError("empty-file", "holds nothing but blank lines", { place: { file } });
}

const LF = 0x0a;

const isSystemError = (cause: unknown): boolean => cause instanceof Error && "syscall" in cause;

/** What kind of file it may be instead, told from its first bytes. */
function encodingAdvice(bytes: Buffer, isFirst: boolean): string {
  const [a, b] = bytes;
  if (isFirst && a === 0x1f && b === 0x8b) return "is compressed (gzip); unpack the file first";
  if (isFirst && ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))) {
    return "is UTF-16; convert the file to UTF-8 first";
  }
  return "is not UTF-8; convert the file first";
}
