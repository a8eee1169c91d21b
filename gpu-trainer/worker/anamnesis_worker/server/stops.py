"""Where a sample ends: at the model's own end tokens, at token ids the client names, and at strings.

A string may end inside a token or be spelled by tokens in many ways. Its usual spelling is given to the sampler, so
that most samples end at once; afterwards every sample is cut at the first token that completes one of the strings.
What is left is distributed as if sampling had stopped there, because later tokens do not change earlier ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..types import SampledSequence
from .catalogue import BaseModel
from .refusal import Refusal

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Stop = str | Sequence[str] | Sequence[int] | None


def split_stop(base: BaseModel, stop: Stop) -> tuple[list[list[int]], list[str]]:
    """The token sequences that the sampler stops at, and the strings that are looked for afterwards."""
    ids = [[token] for token in base.end_tokens]
    if stop is None:
        return ids, []
    given: list[str | int] = [stop] if isinstance(stop, str) else list(stop)
    texts = [entry for entry in given if isinstance(entry, str)]
    ids.extend([entry] for entry in given if not isinstance(entry, str))
    if any(not text for text in texts):
        raise Refusal(400, "an empty stop string ends nothing; leave it out")
    if texts:
        tokenizer = base.tokenizer
        if tokenizer is None:
            raise Refusal(400, f"{base.name} has no tokenizer here; give stop as token ids")
        ids.extend(spelling for text in texts if (spelling := encode(tokenizer, text)))
    outside = [token for sequence in ids for token in sequence if not 0 <= token < base.vocab_size]
    if outside:
        raise Refusal(400, f"stop: token id {outside[0]} is outside the vocabulary of {base.vocab_size}")
    return ids, texts


def cut(base: BaseModel, sequence: SampledSequence, texts: Sequence[str]) -> SampledSequence:
    """The sequence up to and with the token that completes the first of the strings."""
    tokenizer = base.tokenizer
    if not texts or tokenizer is None or not _contains(tokenizer, sequence.tokens, texts):
        return sequence
    low, high = 1, len(sequence.tokens)
    while low < high:
        middle = (low + high) // 2
        if _contains(tokenizer, sequence.tokens[:middle], texts):
            high = middle
        else:
            low = middle + 1
    return replace(sequence, tokens=sequence.tokens[:low], logprobs=sequence.logprobs[:low], stop_reason="stop")


def encode(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False))


def decode(tokenizer: PreTrainedTokenizerBase, tokens: Sequence[int]) -> str:
    """Text with its special tokens: a stop string may be one."""
    return str(tokenizer.decode(list(tokens), skip_special_tokens=False, clean_up_tokenization_spaces=False))


def _contains(tokenizer: PreTrainedTokenizerBase, tokens: Sequence[int], texts: Sequence[str]) -> bool:
    decoded = decode(tokenizer, tokens)
    return any(text in decoded for text in texts)
