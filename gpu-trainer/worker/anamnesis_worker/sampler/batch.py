"""The running batch: prompts enter as places fall free, every step adds a token to each row, finished rows leave.

Active rows are the first rows of the buffer, without gaps. What ends rests where it is until its place is needed. Where
all end with the same step, as dialogues do whose turns are one token, nothing has to move.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import torch
from torch import Tensor

from ..types import ErrorCategory, WorkerError
from .admission import Admission, Entry
from .chance import uniforms
from .choice import Choice, choose_tokens
from .decoder import Decoder
from .prefixes import Kept, PrefixStore, block_hashes
from .rest import Rest
from .rows import Prompt, Row


class Batch:
    """Sequences that run over the decoder's buffer, and between two runs the dialogues that rest there."""

    def __init__(self, decoder: Decoder, store: PrefixStore) -> None:
        self._decoder, self._store = decoder, store
        self._rest = Rest(decoder.buffer, store)
        self._admission = Admission(decoder, store, self._rest)
        self._active: list[Row] = []

    def run(self, prompts: Sequence[Prompt], limit: int) -> None:
        """Samples every waiting row of the prompts to its end, at most `limit` at once."""
        waiting = deque(prompts)
        while waiting or self._active:
            places = limit - len(self._active)
            # A prompt pass for every single place that falls free would hold up the rows that run.
            if waiting and (not self._active or 4 * places >= limit):
                self._admit(waiting, places)
            else:
                self._step()

    def forget(self) -> None:
        """Drops everything in the buffer, whose contents are lost."""
        self._active.clear()
        self._rest.forget()

    def _admit(self, waiting: deque[Prompt], places: int) -> None:
        entries: list[Entry] = []
        while waiting and places:
            prompt = waiting[0]
            rows, prompt.waiting = prompt.waiting[:places], prompt.waiting[places:]
            entries.append(Entry(prompt, rows))
            places -= len(rows)
            if not prompt.waiting:
                waiting.popleft()
        base = len(self._active)
        rows, logits = self._admission.admit(base, entries)
        self._active.extend(rows)
        self._take(base, logits)

    def _step(self) -> None:
        lengths = [row.filled for row in self._active]
        self._decoder.reserve(len(lengths), max(lengths) + 1)
        self._rest.clear(range(len(lengths), self._decoder.stepped(len(lengths))))
        self._take(0, self._decoder.step([row.tokens[-1] for row in self._active], lengths))

    def _take(self, first: int, logits: Tensor) -> None:
        """Draws a token for every active row from `first` on, and lets those that end leave."""
        rows = self._active[first:]
        ids, logprobs = choose_tokens(logits, _choice(rows, logits.device))
        drawn: list[list[float]] = torch.stack((ids.double(), logprobs.double())).tolist()
        if not bool(torch.isfinite(logprobs).all()):
            raise WorkerError(
                "the model gave a log-probability that is not finite; its weights are damaged or training "
                "diverged: load an earlier checkpoint",
                ErrorCategory.SERVER,
            )
        for row, token, logprob in zip(rows, drawn[0], drawn[1], strict=True):
            row.append(int(token), logprob)
        for place in reversed(range(first, len(self._active))):
            if self._active[place].stop_reason is not None:
                self._leave(place)

    def _leave(self, place: int) -> None:
        """The dialogue of a row that ends rests there, unless the last row has to take its place."""
        self._keep(place)
        moved = self._active.pop()
        if place < len(self._active):
            self._active[place] = moved
            self._rest.clear([place])
            self._decoder.buffer.copy(len(self._active), [place], moved.filled)

    def _keep(self, place: int) -> None:
        row = self._active[place]
        if row.request.cache_key is None:
            return
        tokens = row.seen()
        blocks = block_hashes(tokens, row.prompt.blocks)
        kept = self._rest.lying(place)
        if kept is not None:
            kept.key = row.request.cache_key
            self._store.extend(kept, tokens, blocks)
            return
        kept = Kept(row.request.cache_key, tokens, None)
        if self._store.keep(kept, blocks):
            self._rest.lay(kept, place)


def _choice(rows: Sequence[Row], device: torch.device) -> Choice:
    all_params = [row.params for row in rows]
    columns = [
        [params.temperature for params in all_params],
        [params.top_k for params in all_params],
        [params.top_p for params in all_params],
        uniforms([row.seed for row in rows], [len(row.tokens) for row in rows]).tolist(),
    ]  # one tensor, so one copy to the device
    temperature, top_k, top_p, uniform = torch.tensor(columns, dtype=torch.float64).to(device)
    cuts = any(params.top_k != -1 or params.top_p < 1 for params in all_params)
    return Choice(temperature, top_k, top_p, uniform, cuts)
