/** Text that comes in pieces, in lines of a bounded width that break between words. */
export interface WordWrap {
  write(piece: string): void;
  /** Ends the line, if one was begun. */
  end(): void;
}

/** `indent` begins each line. `width`: columns. */
export function wordWrap(out: { write(text: string): unknown }, { width = 80, indent = "" } = {}): WordWrap {
  let column = 0;
  let rest = "";
  const newLine = (): void => {
    out.write("\n");
    column = 0;
  };
  const put = (word: string): void => {
    if (column > 0 && column + 1 + word.length > width) newLine();
    out.write(column === 0 ? indent + word : ` ${word}`);
    column += (column === 0 ? indent.length : 1) + word.length;
  };
  return {
    write(piece) {
      const parts = (rest + piece).split(/([ \t]*\n|[ \t]+)/);
      // The last word may go on in the next piece.
      rest = parts.pop()!;
      for (const [index, part] of parts.entries()) {
        if (index % 2 === 0 && part !== "") put(part);
        else if (index % 2 === 1 && part.endsWith("\n")) newLine();
      }
    },
    end() {
      if (rest !== "") put(rest);
      rest = "";
      if (column > 0) newLine();
    },
  };
}
