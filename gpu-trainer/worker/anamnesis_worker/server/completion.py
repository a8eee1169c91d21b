"""Answers in text, sampled slice by slice: so they can be streamed, and a stop string ends them soon.

The cache of an answer is kept from slice to slice. Each slice has a seed of its own, so the answer to a seed is the
same streamed or whole.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..types import SampleRequest, SamplingParams
from .sampling import Sampling
from .snapshots import Snapshot
from .stops import decode

SLICE = 16
"""Tokens sampled at a time."""
UNSETTLED = "\ufffd"
"""What decoding gives for a character whose bytes have not all been sampled."""


@dataclass(frozen=True)
class Completion:
    """One answer to be sampled; `params.max_tokens` bounds the whole of it."""

    snapshot: Snapshot
    prompt: Sequence[int]
    params: SamplingParams
    texts: Sequence[str]


@dataclass(frozen=True)
class Piece:
    """What an answer has gained: text, and tokens; `finish` on the last."""

    text: str
    tokens: int
    finish: Literal["stop", "length"] | None = None


async def sample(sampling: Sampling, completion: Completion, index: int) -> AsyncIterator[Piece]:
    """An answer, slice by slice; text that a stop string may still swallow, or half a character, is held back."""
    key = f"chat-{secrets.token_hex(8)}"
    tokens: list[int] = []
    sent = 0
    while True:
        request = next_slice(completion, tokens, index, key)
        [sequence] = (await sampling.sample(completion.snapshot, request)).sequences
        tokens.extend(sequence.tokens)
        text, stopped = visible(completion, tokens)
        ended = stopped or sequence.stop_reason == "stop" or len(tokens) >= completion.params.max_tokens
        safe = len(text) if ended else len(text) - held_back(text, completion.texts)
        if ended:
            by_itself = stopped or sequence.stop_reason == "stop"
            yield Piece(text[sent:], len(tokens), "stop" if by_itself else "length")
            return
        if safe > sent:
            yield Piece(text[sent:safe], 0)
            sent = safe


def next_slice(completion: Completion, tokens: Sequence[int], index: int, key: str) -> SampleRequest:
    """Each slice has a seed of its own, which follows from the request's seed and its place."""
    params = completion.params
    assert params.seed is not None
    seed = (params.seed + 1_000_003 * index + 7919 * len(tokens)) % 2**62
    left = params.max_tokens - len(tokens)
    return SampleRequest(
        prompt=[*completion.prompt, *tokens],
        params=SamplingParams(min(SLICE, left), params.temperature, params.top_k, params.top_p, seed, params.stop),
        cache_key=key,
    )


def visible(completion: Completion, tokens: Sequence[int]) -> tuple[str, bool]:
    """The text before the first stop string, without the model's end token; and whether a string was found."""
    tokenizer = completion.snapshot.base.tokenizer
    assert tokenizer is not None
    ends = completion.snapshot.base.end_tokens
    text = decode(tokenizer, tokens[:-1] if tokens and tokens[-1] in ends else tokens)
    found = [place for place in (text.find(stop) for stop in completion.texts) if place >= 0]
    return (text[: min(found)], True) if found else (text, False)


def held_back(text: str, stops: Sequence[str]) -> int:
    """How many characters at the end may yet change: the start of a stop string, or an unfinished character."""
    longest = len(text) - len(text.rstrip(UNSETTLED))
    for stop in stops:
        for length in range(min(len(stop) - 1, len(text)), longest, -1):
            if text.endswith(stop[:length]):
                longest = length
                break
    return longest


async def whole(answer: AsyncIterator[Piece]) -> Piece:
    pieces = [piece async for piece in answer]
    return Piece("".join(piece.text for piece in pieces), sum(piece.tokens for piece in pieces), pieces[-1].finish)
