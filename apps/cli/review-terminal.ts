/**
 * Approval at the terminal that a run was started from. The mailbox is open all the while: a decision that is made on the
 * page ends the asking. Where nobody sits at a terminal, it says where to decide, and waits.
 */
import { styleText } from "node:util";
import {
  type Approver,
  type Decision,
  type HeldBatch,
  type Mailbox,
  type MailboxOptions,
  openMailbox,
  referenceTo,
  type Verdict,
} from "../../gpu-trainer/index.ts";
import { AnamnesisError, systemClock } from "../../src/index.ts";
import { commandOf, type Draft, NOTHING_DRAFTED, REVIEW_HELP } from "./review-commands.ts";
import {
  allGroupsText,
  batchText,
  draftText,
  elsewhereText,
  groupText,
  type ReviewStyle,
  transcriptText,
} from "./review-view.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

export interface ReviewOptions extends MailboxOptions {
  /** Opened when a batch is held, closed when it is decided on. Default: the process's own. */
  readonly terminal?: (() => Terminal) | undefined;
  /** Default: whether both ends of the process are a terminal. */
  readonly isTty?: boolean | undefined;
  /** Where notices go. Default: standard output. */
  readonly write?: ((text: string) => unknown) | undefined;
  /** What Ctrl-C does besides ending the asking. Default: what it does anywhere else in the process. */
  readonly interrupt?: (() => void) | undefined;
}

/** The approver of `train`: asks at the terminal, where there is one, and heeds the page in any case. */
export function reviewApprover(directory: string, options: ReviewOptions = {}): Approver {
  const { clock = systemClock, pollMs, terminal: open = openTerminal } = options;
  const { isTty = Boolean(process.stdin.isTTY && process.stdout.isTTY) } = options;
  const { write = (text: string) => process.stdout.write(text) } = options;
  const { interrupt = () => process.kill(process.pid, "SIGINT") } = options;
  const mailbox = openMailbox(directory, { clock, pollMs });
  return {
    async review(held, signal) {
      const decided = await mailbox.hold(held);
      if (decided) return decided;
      if (!isTty) {
        write(elsewhereText(held, directory));
        return mailbox.wait(held, signal);
      }
      const terminal = open();
      try {
        return await asked(held, mailbox, terminal, directory, signal);
      } finally {
        terminal.close();
        if (terminal.interrupted.aborted) interrupt();
      }
    },
  };
}

async function asked(
  held: HeldBatch,
  mailbox: Mailbox,
  terminal: Terminal,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<Decision> {
  const style: ReviewStyle = {
    paint: (name, text) => styleText(name === "alarm" ? ["red", "bold"] : name, text),
    width: Math.min(process.stdout.columns ?? 100, 100),
  };
  const note = (text: string): void => terminal.write(`${text}\n`);
  const over = new AbortController();
  const stop = AbortSignal.any([terminal.interrupted, ...(signal ? [signal] : [])]);
  const decided = mailbox.wait(held, stop).finally(() => over.abort());
  // Heard of at the end; until then nobody waits for it.
  decided.catch(() => {});

  terminal.write(batchText(held, style));
  let isMine = false;
  const decide = async (verdict: Verdict): Promise<void> => {
    isMine = true;
    await mailbox.decide(referenceTo(held), verdict, "terminal").catch((error: unknown) => {
      isMine = false;
      if (!(error instanceof AnamnesisError)) throw error;
      note(error.message);
    });
  };

  let draft: Draft = NOTHING_DRAFTED;
  while (!over.signal.aborted) {
    const line = await terminal.ask("c confirm, e correct, x leave out, r reject, ? help > ", over.signal);
    if (line === undefined) break;
    const command = commandOf(line, held, draft);
    switch (command.type) {
      case "decide":
        await decide(command.verdict);
        if (isMine) await decided;
        break;
      case "draft":
        ({ draft } = command);
        note(draftText(draft));
        if (draft.rewards.size + draft.rejectGroups.size > 0) note("c sends this, and shows the new advantages.");
        break;
      case "transcript":
        terminal.write(transcriptText(command.group, command.trajectory, style));
        break;
      case "group":
        terminal.write(groupText(held, command.group, style));
        break;
      case "groups":
        terminal.write(allGroupsText(held, style));
        break;
      case "batch":
        terminal.write(batchText(held, style));
        break;
      case "help":
        terminal.write(REVIEW_HELP);
        break;
      case "fault":
        note(command.message);
        break;
      case "nothing":
        break;
      default:
        command satisfies never;
    }
  }
  // The input ended: whoever reads this can still decide on the page.
  if (!over.signal.aborted && !stop.aborted) terminal.write(elsewhereText(held, directory));
  const decision = await decided;
  if (!isMine) note(`Decided by ${decision.by}: ${decision.type}.`);
  return decision;
}
