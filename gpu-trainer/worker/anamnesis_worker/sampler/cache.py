"""The static key-value cache: one tensor [layers, 2, rows, heads, capacity, head dim] that the model writes in place.

A row holds one sequence, left-aligned: position p of the sequence is column p. `view` lends a range of rows to the
model as transformers' `Cache`; which columns hold anything is the caller's knowledge, told to the model by the mask.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin


def power_of_two(number: int) -> int:
    """The smallest power of two that is at least `number`."""
    return 1 << max(number - 1, 0).bit_length()


class KeyValueBuffer:
    """Rows of keys and values. It only grows, in powers of two up to `longest`, so its address is stable in use."""

    def __init__(
        self, *, layers: int, heads: int, head_dim: int, longest: int, device: torch.device, dtype: torch.dtype
    ) -> None:
        self._layers, self._heads, self._head_dim, self._longest = layers, heads, head_dim, longest
        self._device, self._dtype = device, dtype
        self.storage = self._allocate(0, 0)

    @property
    def rows(self) -> int:
        return self.storage.shape[2]

    @property
    def capacity(self) -> int:
        return self.storage.shape[4]

    @property
    def bytes_per_token(self) -> int:
        return self._layers * 2 * self._heads * self._head_dim * self._dtype.itemsize

    def reserve(self, rows: int, capacity: int) -> bool:
        """Makes room, keeping what is there; True if the buffer moved."""
        if rows <= self.rows and capacity <= self.capacity:
            return False
        old = self.storage
        self.storage = self._allocate(
            max(power_of_two(rows), self.rows), max(min(power_of_two(max(capacity, 64)), self._longest), self.capacity)
        )
        self.storage[:, :, : old.shape[2], :, : old.shape[4]] = old
        return True

    def release(self) -> None:
        """Gives the memory back."""
        self.storage = self._allocate(0, 0)

    def clear(self) -> None:
        """Forgets every key and value, and keeps the memory."""
        with torch.inference_mode():
            self.storage.zero_()

    def read(self, row: int, length: int) -> Tensor:
        """A copy of the first `length` columns of a row: [layers, 2, heads, length, head dim]."""
        return self.storage[:, :, row, :, :length].clone()

    def write(self, row: int, states: Tensor) -> None:
        """Puts what `read` gave at the start of a row."""
        self.storage[:, :, row, :, : states.shape[3]] = states

    def copy(self, source: int, targets: Sequence[int], length: int) -> None:
        """Copies the start of one row to others."""
        self.storage[:, :, list(targets), :, :length] = self.storage[:, :, source : source + 1, :, :length]

    def view(self, rows: Sequence[int], positions: Tensor, extent: int) -> Cache:
        """The cache of one forward pass: these rows, new columns at `positions` (rows, T), read to `extent`."""
        # Where each new vector goes in a layer, seen as one long list of vectors: the same for every layer.
        planes = torch.arange(2, device=self._device)[:, None, None, None]
        run = range(rows[0], rows[0] + len(rows))
        together = list(rows) == list(run)
        row = (
            torch.arange(run.start, run.stop, device=self._device) if together else torch.tensor(rows).to(self._device)
        )
        heads = torch.arange(self._heads, device=self._device)[None, None, :, None]
        places = ((planes * self.rows + row[None, :, None, None]) * self._heads + heads) * self.capacity
        places = (places + positions[None, :, None]).flatten()
        read = slice(run.start, run.stop) if together else row  # others than neighbours are gathered
        layers: list[Any] = [_Layer(layer, read, places, extent) for layer in self.storage]
        return Cache(layers=layers)

    def _allocate(self, rows: int, capacity: int) -> Tensor:
        # Zeros, not empty memory: a masked column still meets the attention's product, and 0 · NaN is NaN.
        shape = (self._layers, 2, rows, self._heads, capacity, self._head_dim)
        return torch.zeros(shape, device=self._device, dtype=self._dtype)


class _Layer(CacheLayerMixin):
    """One layer of a view. Lengths differ from row to row, so it answers no question about *the* length."""

    is_sliding = False

    def __init__(self, states: Tensor, rows: slice | Tensor, places: Tensor, extent: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._states, self._rows, self._places, self._extent = states, rows, places, extent

    def update(self, key_states: Tensor, value_states: Tensor, *_args: Any, **_kwargs: Any) -> tuple[Tensor, Tensor]:
        width = key_states.shape[-1]
        self._states.view(-1, width).index_copy_(
            0, self._places, torch.stack((key_states, value_states)).view(-1, width)
        )
        read = self._states[:, self._rows, :, : self._extent]
        return read[0], read[1]

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Nothing to do: the buffer is there before the model runs."""

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:  # noqa: ARG002
        return self._extent, 0

    def get_seq_length(self) -> int:
        raise NotImplementedError("rows have lengths of their own; pass position ids and a mask")

    def get_max_length(self) -> int:
        return self._states.shape[3]
