/** How many tokens a text has, by tiktoken's `o200k_base`: exact for OpenAI's models, an estimate for others. */

export type TokenCounter = (text: string) => number;

let loading: Promise<TokenCounter> | undefined;

/** The counter; its ranks (some 100 MB) are loaded once, when first asked for. */
export function tokenCounter(): Promise<TokenCounter> {
  loading ??= import("tiktoken").then(({ get_encoding }) => {
    const encoding = get_encoding("o200k_base");
    // No text is a special token: what a person writes is data.
    return (text) => encoding.encode(text, [], []).length;
  });
  return loading;
}
