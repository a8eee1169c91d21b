/** Text messages as WebSocket frames (RFC 6455, section 5.2), several in one piece: one write for all that a turn tells. */

const FINAL_TEXT = 0x81;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** The frames of a server, which are not masked. */
export function textFrames(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headLength(length) + length, 0));
  let at = 0;
  texts.forEach((text, index) => {
    const length = lengths[index]!;
    bytes[at++] = FINAL_TEXT;
    if (length < LENGTH_16) bytes[at++] = length;
    else if (length < 2 ** 16) {
      bytes[at++] = LENGTH_16;
      at = bytes.writeUInt16BE(length, at);
    } else {
      bytes[at++] = LENGTH_64;
      at = bytes.writeBigUInt64BE(BigInt(length), at);
    }
    at += bytes.write(text, at);
  });
  return bytes;
}

function headLength(length: number): number {
  if (length < LENGTH_16) return 2;
  return length < 2 ** 16 ? 4 : 10;
}
