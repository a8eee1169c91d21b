"""The running batch: prompts enter as places fall free, every step adds a token to each row, finished rows leave.

Active rows are the first rows of the buffer, without gaps. A prompt goes through the model once, from where a kept
cache ends, and its keys and values are copied to its other rows.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from ..types import ErrorCategory, WorkerError
from .choice import Choice, choose_tokens
from .decoder import Decoder
from .prefixes import BLOCK, Kept, PrefixStore, common
from .rows import Prompt, Row

WORTH_SHARING = 128
"""Tokens that a common opening must save to be worth a pass through the model of its own."""

SCORED_TOGETHER = 16
"""Prompts at most whose every token is scored in one pass."""


class Batch:
    """At most `limit` rows at once over the decoder's buffer."""

    def __init__(self, decoder: Decoder, store: PrefixStore, limit: int) -> None:
        self._decoder, self._store, self._limit = decoder, store, limit
        self._active: list[Row] = []

    def run(self, prompts: Sequence[Prompt]) -> None:
        """Samples every waiting row of the prompts to its end."""
        waiting = deque(prompts)
        while waiting or self._active:
            places = self._limit - len(self._active)
            # A prompt pass for every single place that falls free would hold up the rows that run.
            if waiting and (not self._active or 4 * places >= self._limit):
                self._admit(waiting, places)
            else:
                self._step()

    def _admit(self, waiting: deque[Prompt], places: int) -> None:
        entering: list[tuple[Prompt, list[Row]]] = []
        while waiting and places:
            prompt = waiting[0]
            rows, prompt.waiting = prompt.waiting[:places], prompt.waiting[places:]
            entering.append((prompt, rows))
            places -= len(rows)
            if not prompt.waiting:
                waiting.popleft()
        fresh = [(prompt, rows) for prompt, rows in entering if prompt.logits is None]
        begun = [(prompt, rows) for prompt, rows in entering if prompt.logits is not None]
        for prompt, _ in fresh:
            self._look_up(prompt)
        fresh.sort(key=lambda entry: (entry[0].scored, -entry[0].to_go))
        base = len(self._active)
        total = base + sum(len(rows) for _, rows in entering)
        self._decoder.reserve(total, 1 + max(len(prompt.tokens) for prompt, _ in entering))
        self._prefill(base, [prompt for prompt, _ in fresh])
        self._spread(base, fresh, begun)

    def _look_up(self, prompt: Prompt) -> None:
        match = None if prompt.scored else self._store.find(prompt.tokens)
        if match is not None:
            # The last token always goes through the model: its logits are what the first sample is drawn from.
            prompt.kept, prompt.reused = match[0], min(match[1], len(prompt.tokens) - 1)
            prompt.start = prompt.reused

    def _prefill(self, base: int, prompts: Sequence[Prompt]) -> None:
        """Leaves the i-th prompt in row `base` + i, and its logits with it."""
        for row, prompt in enumerate(prompts, base):
            if prompt.kept is not None:
                self._decoder.buffer.write(row, prompt.kept.states[:, :, :, : prompt.reused])
                prompt.kept = None
        self._share_opening(base, prompts)
        for first, group in _groups(prompts):
            suffixes = [prompt.tokens[prompt.start :].tolist() for prompt in group]
            if group[0].scored:
                best = max(prompt.best for prompt in group)
                logits, scores = self._decoder.prefill_scored(base + first, suffixes, best)
                for prompt, score in zip(group, scores, strict=True):
                    prompt.scores = score
            else:
                logits = self._decoder.prefill(base + first, [prompt.start for prompt in group], suffixes)
            for index, prompt in enumerate(group):
                prompt.logits = logits[index : index + 1]

    def _share_opening(self, base: int, prompts: Sequence[Prompt]) -> None:
        """Runs what prompts open with alike, such as instructions, through the model once."""
        alike: dict[bytes, list[tuple[int, Prompt]]] = {}
        for row, prompt in enumerate(prompts, base):
            if not prompt.scored:
                alike.setdefault(prompt.tokens[:BLOCK].tobytes(), []).append((row, prompt))
        for group in alike.values():
            tokens = group[0][1].tokens
            opening = min(min(common(tokens, prompt.tokens), len(prompt.tokens) - 1) for _, prompt in group)
            late = [(row, prompt) for row, prompt in group if prompt.start < opening]
            if sum(opening - prompt.start for _, prompt in late[1:]) < WORTH_SHARING:
                continue
            source, first = late[0]
            self._decoder.prefill(source, [first.start], [tokens[first.start : opening].tolist()])
            for row, prompt in late:
                if row != source:
                    self._decoder.buffer.copy(source, row, opening)
                prompt.start = opening

    def _spread(
        self, base: int, fresh: Sequence[tuple[Prompt, list[Row]]], begun: Sequence[tuple[Prompt, list[Row]]]
    ) -> None:
        """Gives every entering row its prompt's keys and values, and draws its first token."""
        buffer = self._decoder.buffer
        placed = [(prompt, rows[0]) for prompt, rows in fresh]
        for source, (prompt, rows) in enumerate(fresh, base):
            for row in rows[1:]:
                buffer.copy(source, base + len(placed), len(prompt.tokens))
                placed.append((prompt, row))
            if prompt.waiting:
                prompt.states = buffer.read(source, len(prompt.tokens))
        for prompt, rows in begun:
            for row in rows:
                assert prompt.states is not None
                buffer.write(base + len(placed), prompt.states)
                placed.append((prompt, row))
        logits = torch.cat([prompt.logits for prompt, _ in placed if prompt.logits is not None])
        for prompt, _ in (*fresh, *begun):
            if not prompt.waiting:
                prompt.logits = prompt.states = None
        self._active.extend(row for _, row in placed)
        self._take(base, logits)

    def _step(self) -> None:
        lengths = [row.filled for row in self._active]
        self._decoder.reserve(len(lengths), max(lengths) + 1)
        self._take(0, self._decoder.step([row.tokens[-1] for row in self._active], lengths))

    def _take(self, first: int, logits: Tensor) -> None:
        """Draws a token for every active row from `first` on, and lets those that end leave."""
        rows = self._active[first:]
        ids, logprobs = choose_tokens(logits, _choice(rows, logits.device))
        drawn: list[list[float]] = torch.stack((ids.double(), logprobs.double())).tolist()
        for row, token, logprob in zip(rows, drawn[0], drawn[1], strict=True):
            if not math.isfinite(logprob):
                raise WorkerError(
                    "the model gave a log-probability that is not finite; its weights are damaged or training "
                    "diverged: load an earlier checkpoint",
                    ErrorCategory.SERVER,
                )
            row.append(int(token), logprob)
        for place in reversed(range(first, len(self._active))):
            if self._active[place].stop_reason is not None:
                self._leave(place)

    def _leave(self, place: int) -> None:
        buffer, row = self._decoder.buffer, self._active[place]
        if row.request.cache_key is not None:
            tokens = np.asarray([*row.request.prompt, *row.tokens[:-1]], dtype=np.int64)
            self._store.keep(Kept(row.request.cache_key, tokens, buffer.read(place, row.filled)))
        moved = self._active.pop()
        if moved is not row:
            self._active[place] = moved
            buffer.copy(len(self._active), place, moved.filled)


def _groups(prompts: Sequence[Prompt]) -> Iterator[tuple[int, Sequence[Prompt]]]:
    """Neighbours that have about as many tokens to go, with the index of the first; scored ones keep to themselves."""
    start = 0
    for end in range(1, len(prompts) + 1):
        longest = prompts[start].to_go
        if (
            end < len(prompts)
            and prompts[end].scored == prompts[start].scored
            and not (prompts[end].scored and end - start == SCORED_TOGETHER)
            and longest - prompts[end].to_go <= max(16, longest // 4)
        ):
            continue
        yield start, prompts[start:end]
        start = end


def _choice(rows: list[Row], device: torch.device) -> Choice:
    columns = [
        [row.params.temperature, row.params.top_k, row.params.top_p, row.uniform()] for row in rows
    ]  # one tensor, so one copy to the device
    temperature, top_k, top_p, uniform = torch.tensor(columns, dtype=torch.float64).to(device).unbind(1)
    cuts = any(row.params.top_k != -1 or row.params.top_p < 1 for row in rows)
    return Choice(temperature, top_k, top_p, uniform, cuts)
