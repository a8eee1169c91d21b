"""Small decoders over a corpus of the caller's, saved as ordinary Hugging Face directories; nothing is fetched.

A "word" tokenizer knows whole words, each with the space before it, and spells the others by characters; a "bpe" one
works on bytes. The first gives printable ASCII, newlines and the corpus's own characters back exactly, the second any
text. A "symbols" tokenizer has one token for whatever stands between two spaces, and knows what the corpus holds and no
more: a closed language in which every id of the model means something.

Roles are special tokens; except for symbols, the tags of the policy's protocol are plain ones, so that decoding without
special tokens keeps them. A turn begins with its role and ends with <|end|>, whatever follows: a longer dialogue's
tokens extend those of a shorter one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers.utils import logging as transformers_logging

from .types import WorkerError

Kind = Literal["word", "bpe", "symbols"]

PAD, UNKNOWN, END = "<|pad|>", "<|unknown|>", "<|end|>"
ROLES = ("system", "user", "assistant", "tool")
TAGS = ("think", "ask", "examine", "diagnosis")
SPECIALS = [PAD, UNKNOWN, END, *(f"<|{role}|>" for role in ROLES)]
PLAIN = [mark for tag in TAGS for mark in (f"<{tag}>", f"</{tag}>")]

CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{- '<|' + message['role'] + '|>' + message['content'] + '<|end|>' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)

WORDS = r" ?[A-Za-z0-9']+|[^A-Za-z0-9']"
EMPTY = "the corpus is empty; give texts that use the words the model shall know"
INNER = "\u2040"
"""Marks a character inside a spelled word."""


def make_small_model(
    directory: str | Path,
    *,
    kind: Kind = "word",
    corpus: Iterable[str],
    hidden: int = 128,
    layers: int = 4,
    heads: int = 4,
    context: int = 2048,
    vocabulary: int = 8192,
    seed: int = 0,
) -> int:
    """Writes a Llama decoder with tied embeddings, random weights and a tokenizer; gives the number of parameters."""
    if hidden % heads or (hidden // heads) % 2:
        raise WorkerError(f"hidden {hidden} must divide into {heads} heads of an even size")
    tokenizer = _TOKENIZERS[kind](corpus, vocabulary)
    tokenizer.add_special_tokens(SPECIALS)
    size = tokenizer.get_vocab_size()
    if kind != "symbols":
        tokenizer.add_tokens([AddedToken(mark, special=False, normalized=False) for mark in PLAIN])
        size = -(-tokenizer.get_vocab_size() // 16) * 16
    config = LlamaConfig(
        vocab_size=size,
        hidden_size=hidden,
        intermediate_size=-(-hidden * 8 // 3 // 16) * 16,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        max_position_embeddings=context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.token_to_id(END),
        pad_token_id=tokenizer.token_to_id(PAD),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    transformers_logging.disable_progress_bar()
    model.save_pretrained(directory)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        unk_token=UNKNOWN,
        eos_token=END,
        chat_template=CHAT_TEMPLATE,
        model_max_length=context,
        clean_up_tokenization_spaces=False,
    ).save_pretrained(directory, save_jinja_files=False)
    return sum(parameter.numel() for parameter in model.parameters())


def _word_tokenizer(corpus: Iterable[str], vocabulary: int) -> Tokenizer:
    split = pre_tokenizers.Split(Regex(WORDS), behavior="isolated")
    counts: Counter[str] = Counter()
    for line in corpus:
        counts.update(word for word, _ in split.pre_tokenize_str(line))
    if not counts:
        raise WorkerError(EMPTY)
    letters = sorted({letter for word in counts for letter in word} | {chr(code) for code in range(32, 127)} | {"\n"})
    words = dict.fromkeys([*SPECIALS, *letters, *(INNER + letter for letter in letters)])
    by_frequency = sorted(counts, key=lambda word: (-counts[word], word))
    words |= dict.fromkeys(by_frequency[: max(0, vocabulary - len(words) - len(PLAIN))])
    model = models.WordPiece(
        vocab={word: index for index, word in enumerate(words)}, unk_token=UNKNOWN, continuing_subword_prefix=INNER
    )
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = split
    tokenizer.decoder = decoders.Sequence([decoders.Replace(INNER, ""), decoders.Fuse()])
    return tokenizer


def _bpe_tokenizer(corpus: Iterable[str], vocabulary: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - len(PLAIN),
        special_tokens=SPECIALS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    return tokenizer


def _symbol_tokenizer(corpus: Iterable[str], vocabulary: int) -> Tokenizer:
    """Ids in the order of first appearance, after the special tokens."""
    symbols = dict.fromkeys(symbol for line in corpus for symbol in line.split())
    if not symbols:
        raise WorkerError(EMPTY)
    words = list(SPECIALS) + [symbol for symbol in symbols if symbol not in SPECIALS]
    if len(words) > vocabulary:
        raise WorkerError(f"{len(words)} symbols, special ones included, are more than a vocabulary of {vocabulary}")
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


_TOKENIZERS: Mapping[Kind, Callable[[Iterable[str], int], Tokenizer]] = {
    "word": _word_tokenizer,
    "bpe": _bpe_tokenizer,
    "symbols": _symbol_tokenizer,
}
