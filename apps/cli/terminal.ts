/** The person at the terminal, or at the other end of a pipe: lines in, text out, Ctrl-C. Knows nothing of what is said. */
import { createInterface } from "node:readline";

export interface Terminal {
  /** Both ends are a terminal. */
  readonly isTty: boolean;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** Above what is being typed, line by line, while something is asked. */
  write(text: string): void;
  /** The next line, trimmed; undefined at the end of the input, at Ctrl-C, and when `until` is aborted. */
  ask(prompt: string, until?: AbortSignal): Promise<string | undefined>;
  close(): void;
}

export function openTerminal(): Terminal {
  const { stdin, stdout } = process;
  const isTty = Boolean(stdin.isTTY && stdout.isTTY);
  const lines = createInterface({ input: stdin, terminal: isTty, ...(isTty && { output: stdout }) });
  const interruption = new AbortController();
  const waiting: string[] = [];
  let isOver = false;
  let isAsking = false;
  /** A line that was begun while something is asked. */
  let begun = "";
  let wake = (): void => {};
  lines.on("line", (line) => {
    waiting.push(line);
    wake();
  });
  lines.on("close", () => {
    isOver = true;
    wake();
  });
  const interrupt = (): void => {
    interruption.abort();
    lines.close();
  };
  lines.on("SIGINT", interrupt);
  process.once("SIGINT", interrupt);

  return {
    isTty,
    interrupted: interruption.signal,
    write(text) {
      if (!isAsking || !isTty) {
        stdout.write(text);
        return;
      }
      begun += text;
      const end = begun.lastIndexOf("\n") + 1;
      if (end === 0) return;
      stdout.write(`\r\u001b[K${begun.slice(0, end)}`);
      begun = begun.slice(end);
      lines.prompt(true);
    },
    async ask(prompt, until) {
      if (interruption.signal.aborted || until?.aborted) return undefined;
      lines.setPrompt(prompt);
      const isEarly = waiting.length > 0;
      if (isTty && !isOver) lines.prompt();
      else stdout.write(prompt);
      isAsking = true;
      const stop = (): void => wake();
      until?.addEventListener("abort", stop);
      while (waiting.length === 0 && !isOver && !until?.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      until?.removeEventListener("abort", stop);
      isAsking = false;
      const line = interruption.signal.aborted || until?.aborted ? undefined : waiting.shift()?.trim();
      // A terminal shows what is typed after the prompt; who reads the output of a pipe wants to see it too.
      if (line === undefined) stdout.write("\n");
      else if (isEarly || !stdin.isTTY) stdout.write(`${line}\n`);
      stdout.write(begun);
      begun = "";
      return line;
    },
    close() {
      process.off("SIGINT", interrupt);
      lines.close();
    },
  };
}
