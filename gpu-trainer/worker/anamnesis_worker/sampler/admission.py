"""Lets prompts into the running batch: gives their sequences rows, brings in kept caches, and feeds what is left.

A dialogue whose cache rests in one of the rows that are given out goes on there; others get the rows between. A prompt
goes through the model once, in its first row, and its keys and values are copied to its other rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from .decoder import Decoder
from .prefixes import PrefixStore, block_hashes, common
from .rest import Rest
from .rows import Prompt, Row

OPENING = 16
"""Tokens that prompts must open with alike to be looked at for a common opening."""

WORTH_SHARING = 128
"""Tokens that a common opening must save to be worth a pass through the model of its own."""

WORTH_PADDING = 128
"""Padded places that cost no more than another pass through the model."""

SCORED_TOGETHER = 16
"""Prompts at most whose every token is scored in one pass."""


@dataclass(eq=False)
class Entry:
    """A prompt, those of its sequences that enter now, and the rows that they get; in the first it is fed."""

    prompt: Prompt
    rows: list[Row]
    places: list[int] = field(default_factory=list)


class Admission:
    """Fills rows of the decoder's buffer; which sequences run there is the batch's knowledge."""

    def __init__(self, decoder: Decoder, store: PrefixStore, rest: Rest) -> None:
        self._decoder, self._store, self._rest = decoder, store, rest

    def admit(self, base: int, entries: Sequence[Entry]) -> tuple[list[Row], Tensor]:
        """Fills the rows from `base` on; the sequences there in order, and the logits of what each draws from first."""
        fresh = [entry for entry in entries if entry.prompt.logits is None]
        begun = [entry for entry in entries if entry.prompt.logits is not None]
        for entry in fresh:
            self._look_up(entry.prompt)
        end = base + sum(len(entry.rows) for entry in entries)
        self._decoder.reserve(end, 1 + max(len(entry.prompt.tokens) for entry in entries))
        self._place(range(base, end), entries)
        self._bring_in(fresh)
        self._share_opening(fresh)
        fresh, parts = self._feed(fresh)
        logits = torch.cat([*parts, *(self._resume(entry) for entry in begun)])
        for index, entry in enumerate(fresh):
            self._spread(entry, logits[index : index + 1])
        arrived = {
            place: (row, index)
            for index, entry in enumerate([*fresh, *begun])
            for place, row in zip(entry.places, entry.rows, strict=True)
        }
        order = [arrived[place] for place in range(base, end)]
        return [row for row, _ in order], logits[[index for _, index in order]]

    def _look_up(self, prompt: Prompt) -> None:
        if prompt.scored:
            return
        prompt.blocks = block_hashes(prompt.tokens)
        match = self._store.find(prompt.tokens, prompt.blocks)
        if match is not None:
            # The last token always goes through the model: its logits are what the first sample is drawn from.
            prompt.kept, prompt.reused = match[0], min(match[1], len(prompt.tokens) - 1)
            prompt.start = prompt.reused

    def _place(self, rows: range, entries: Sequence[Entry]) -> None:
        """Gives every sequence its row, and clears those rows that another cache rests in."""
        staying: dict[int, Entry] = {}
        for entry in entries:
            kept = entry.prompt.kept
            # One that is reused in part would be overwritten from there on: it is copied instead.
            if kept is None or kept.row is None or entry.prompt.start < len(kept.tokens):
                continue
            if kept.row in rows:
                staying.setdefault(kept.row, entry)
        for row, entry in staying.items():
            entry.places.append(row)
            entry.prompt.kept = None
        free = [row for row in rows if row not in staying]
        self._rest.clear(free)
        left = iter(free)
        for entry in entries:
            entry.places.extend(next(left) for _ in range(len(entry.rows) - len(entry.places)))

    def _bring_in(self, entries: Sequence[Entry]) -> None:
        buffer = self._decoder.buffer
        resting: dict[int, list[Entry]] = {}
        for entry in entries:
            kept, entry.prompt.kept = entry.prompt.kept, None
            if kept is None:
                continue
            if kept.row is not None:
                resting.setdefault(kept.row, []).append(entry)
            elif kept.states is not None:
                buffer.write(entry.places[0], kept.states[:, :, :, : entry.prompt.start])
        for row, copies in resting.items():
            buffer.copy(row, [entry.places[0] for entry in copies], max(entry.prompt.start for entry in copies))

    def _share_opening(self, entries: Sequence[Entry]) -> None:
        """Runs what prompts open with alike, such as instructions, through the model once."""
        alike: dict[bytes, list[Entry]] = {}
        for entry in entries:
            prompt = entry.prompt
            if prompt.start == 0 and not prompt.scored:
                alike.setdefault(prompt.tokens[:OPENING].tobytes(), []).append(entry)
        for group in alike.values():
            source, *others = group
            tokens = source.prompt.tokens
            opening = min(min(common(tokens, entry.prompt.tokens), len(entry.prompt.tokens) - 1) for entry in group)
            if opening * len(others) < WORTH_SHARING:
                continue
            self._decoder.prefill(source.places[:1], [0], [tokens[:opening].tolist()])
            self._decoder.buffer.copy(source.places[0], [entry.places[0] for entry in others], opening)
            for entry in group:
                entry.prompt.start = opening

    def _feed(self, entries: Sequence[Entry]) -> tuple[list[Entry], list[Tensor]]:
        """Puts what is left of the prompts through the model; the entries as they went, and the logits of each."""
        fed: list[Entry] = []
        parts: list[Tensor] = []
        for group in _groups(sorted(entries, key=lambda entry: (entry.prompt.scored, -entry.prompt.to_go))):
            group = sorted(group, key=lambda entry: entry.places[0])  # neighbouring rows are read where they lie
            prompts = [entry.prompt for entry in group]
            places = [entry.places[0] for entry in group]
            suffixes = [prompt.tokens[prompt.start :].tolist() for prompt in prompts]
            if prompts[0].scored:
                logits, scores = self._decoder.prefill_scored(places, suffixes, max(prompt.best for prompt in prompts))
                for prompt, score in zip(prompts, scores, strict=True):
                    prompt.scores = score
            else:
                logits = self._decoder.prefill(places, [prompt.start for prompt in prompts], suffixes)
            parts.append(logits)
            fed += group
        return fed, parts

    def _spread(self, entry: Entry, logits: Tensor) -> None:
        """Gives a prompt's other rows its keys and values, and holds them for sequences that have to wait."""
        prompt, buffer = entry.prompt, self._decoder.buffer
        source, *others = entry.places
        if others:
            buffer.copy(source, others, len(prompt.tokens))
        if prompt.waiting:
            prompt.states, prompt.logits = buffer.read(source, len(prompt.tokens)), logits.clone()

    def _resume(self, entry: Entry) -> Tensor:
        """Gives waiting sequences of a prompt that went through the model before what was held for them."""
        prompt = entry.prompt
        assert prompt.states is not None
        assert prompt.logits is not None
        for place in entry.places:
            self._decoder.buffer.write(place, prompt.states)
        logits = prompt.logits
        if not prompt.waiting:
            prompt.states = prompt.logits = None
        return logits


def _groups(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Neighbours that are worth padding to the first's tokens to go; scored ones keep to themselves."""
    start = padding = longest = 0
    scored = False
    for end, entry in enumerate(entries):
        prompt = entry.prompt
        padding += longest - prompt.to_go
        worth = padding <= max(WORTH_PADDING, longest * (end - start) // 4)
        full = scored and end - start == SCORED_TOGETHER
        if end > 0 and (full or not worth or prompt.scored != scored):
            yield entries[start:end]
            start = end
        if end == start:
            padding, longest, scored = 0, prompt.to_go, prompt.scored
    if entries:
        yield entries[start:]
