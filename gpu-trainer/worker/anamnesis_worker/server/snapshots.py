"""Weights to sample from: a base model's own, a copy taken from a model in training, or a named checkpoint's.

A snapshot never changes. Copies without a name live in memory, and a model keeps only its latest few.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from ..sampler import Sampler
from ..types import WorkerError
from .catalogue import BaseModel

State = Mapping[str, Tensor]
SamplerFactory = Callable[[BaseModel], Sampler]


@dataclass(eq=False)
class Snapshot:
    """`lineage`: the model it was taken from. `read` gives its weights; None stands for the base model's own."""

    base: BaseModel
    lineage: str
    version: int
    read: Callable[[], State] | None

    def drop(self) -> None:
        """Forget the weights; a sampler that holds them goes on until it needs room."""
        self.read = self._dropped

    def _dropped(self) -> State:
        raise WorkerError(
            f"these sampler weights (version {self.version}) were dropped: a model keeps only its latest unnamed ones; "
            "make a new sampling client, or name the weights with save_weights_for_sampler"
        )


class SamplerPool:
    """At most `size` samplers, each holding one snapshot; belongs to the engine's thread."""

    def __init__(self, make: SamplerFactory, size: int) -> None:
        self._make = make
        self._size = size
        self._loaded: list[tuple[Snapshot, Sampler]] = []
        """The one used last comes last."""

    def take(self, snapshot: Snapshot) -> Sampler:
        """A sampler that holds the snapshot: the one that does, else an older one of the same model, else a new one."""
        for index, (held, _) in enumerate(self._loaded):
            if held is snapshot:
                self._loaded.append(self._loaded.pop(index))
                return self._loaded[-1][1]
        state = None if snapshot.read is None else snapshot.read()
        sampler = self._replaceable(snapshot)
        if sampler is None or state is None:
            del sampler  # before another takes its place
            sampler = self._make(snapshot.base)
        if state is not None:
            sampler.load(state, snapshot.version)
        self._loaded.append((snapshot, sampler))
        return sampler

    def release(self, lineages: set[str]) -> None:
        """Free the samplers of models that are gone."""
        self._loaded = [(held, sampler) for held, sampler in self._loaded if held.lineage not in lineages]

    def _replaceable(self, snapshot: Snapshot) -> Sampler | None:
        """Take out the sampler whose place the snapshot takes; None where there is room, or its model is another."""
        for index, (held, _) in enumerate(self._loaded):
            if held.lineage == snapshot.lineage:
                return self._loaded.pop(index)[1]
        if len(self._loaded) < self._size:
            return None
        held, sampler = self._loaded.pop(0)
        return sampler if held.base is snapshot.base else None
