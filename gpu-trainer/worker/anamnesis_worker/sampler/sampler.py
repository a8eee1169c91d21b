"""Samples from one set of weights at a time, and keeps the caches of dialogues for as long as those weights stay."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor
from transformers import PreTrainedModel

from ..models import load_causal_lm, untie
from ..types import ErrorCategory, ModelSource, SampleRequest, SampleResult, WorkerError
from .batch import Batch
from .decoder import Decoder
from .prefixes import PrefixStore
from .rows import Prompt, Row, check, gather


class Sampler:
    """One thread at a time may use it.

    `cache_tokens`: tokens of kept dialogue caches at most. `max_rows`: sequences that run at once at most.
    `batch_tokens`: tokens of cache for the running batch, before it is rounded up to powers of two; a single sequence
    may exceed it. Both bounds are 262,144 or, if that is less, what a sixteenth of the memory holds.
    `static`: run steps at a few padded shapes, as CUDA graphs where there is a GPU (None: only there).
    """

    def __init__(
        self,
        source: ModelSource,
        *,
        device: str = "cpu",
        dtype: str = "float32",
        cache_tokens: int | None = None,
        max_rows: int = 4096,
        batch_tokens: int | None = None,
        static: bool | None = None,
    ) -> None:
        self._module = load_causal_lm(source, dtype=_torch_dtype(dtype))
        torch.nn.Module.to(self._module, device)
        head, embedding = self._module.get_output_embeddings(), self._module.get_input_embeddings()
        self._tied = head.weight is embedding.weight
        untie(self._module)  # training may untie them, and then its state holds both
        on_gpu = self._module.device.type == "cuda"
        self._decoder = Decoder(self._module, static=on_gpu if static is None else static)
        bound = min(262_144, _memory(self._module.device) // 16 // self._decoder.buffer.bytes_per_token)
        self._store = PrefixStore(bound if cache_tokens is None else cache_tokens)
        self._batch = Batch(self._decoder, self._store)
        self._max_rows, self._batch_tokens = max_rows, bound if batch_tokens is None else batch_tokens
        self.version = 0

    @property
    def vocab_size(self) -> int:
        return self._decoder.vocab_size

    @property
    def context_length(self) -> int:
        return self._decoder.context_length

    @property
    def cached_tokens(self) -> int:
        """Tokens of kept dialogue caches now."""
        return self._store.tokens

    def weights(self) -> dict[str, Tensor]:
        """The weights in use, not copied."""
        return dict(self._module.state_dict())

    def forget(self, cache_key: str) -> None:
        """Drops the cache of a dialogue that is over."""
        self._store.forget(cache_key)

    def load(self, state: Mapping[str, Tensor], version: int) -> None:
        """Takes new weights and drops every cache made with the old ones. `state`: all weights by their full names."""
        own = self._module.state_dict(keep_vars=True)
        if self._tied:
            state = _with_head(self._module, own, state)
        missing = [name for name in own if name not in state]
        wrong = [name for name, weight in state.items() if name not in own or own[name].shape != weight.shape]
        if missing or wrong:
            raise WorkerError(
                f"these are not the weights of this model: {len(missing)} missing, {len(wrong)} unknown or of another "
                f"shape, such as {(missing + wrong)[0]}; load weights made from the same base model",
                ErrorCategory.USER,
            )
        self._batch.forget()
        self._store.clear()
        self._decoder.buffer.clear()
        with torch.no_grad():
            for name, weight in state.items():
                own[name].copy_(weight)  # in place: recorded graphs hold the address
        if len(self._store) or self._store.tokens:
            raise WorkerError("caches of the old weights are left; restart the worker", ErrorCategory.SERVER)
        self.version = version

    def sample(self, requests: Sequence[SampleRequest]) -> list[SampleResult]:
        """Continues every prompt, all in one running batch. Out of memory, it drops all caches and tries once more."""
        for request in requests:
            check(request, vocab_size=self.vocab_size, context_length=self.context_length)
        if not requests:
            return []
        longest = max(len(request.prompt) + request.params.max_tokens for request in requests)
        sequences = sum(request.num_samples for request in requests)
        limit = max(1, min(self._max_rows, sequences, self._batch_tokens // longest))
        try:
            return self._run(requests, limit)
        except (RuntimeError, MemoryError) as error:
            if not _out_of_memory(error):
                raise
        self._free()
        try:
            return self._run(requests, max(1, limit // 2))
        except (RuntimeError, MemoryError) as error:
            if not _out_of_memory(error):
                raise
            raise WorkerError(
                f"out of memory with {max(1, limit // 2)} sequences of up to {longest} tokens, all caches dropped; "
                "lower max_tokens, num_samples or the worker's batch size",
                ErrorCategory.SERVER,
            ) from error

    def _run(self, requests: Sequence[SampleRequest], limit: int) -> list[SampleResult]:
        rows, prompts, distinct = gather(requests)
        try:
            with torch.inference_mode(), _fast_kernels(self._module.device):
                self._batch.run(distinct, limit)
        except BaseException:
            self._batch.forget()
            self._decoder.release()  # whatever it holds now must not reach the next batch
            raise
        return [
            self._result(request, samples, prompt)
            for request, samples, prompt in zip(requests, rows, prompts, strict=True)
        ]

    def _result(self, request: SampleRequest, rows: Sequence[Row], prompt: Prompt) -> SampleResult:
        scores, best = prompt.scores, request.topk_prompt_logprobs
        return SampleResult(
            sequences=[row.sequence() for row in rows],
            version=self.version,
            prompt_logprobs=[None, *scores.logprobs] if scores and request.prompt_logprobs else None,
            topk_prompt_logprobs=[None, *(place[:best] for place in scores.best)] if scores and best else None,
            reused_tokens=prompt.reused,
        )

    def _free(self) -> None:
        self._batch.forget()
        self._store.clear()
        self._decoder.release()
        gc.collect()
        if self._module.device.type == "cuda":
            torch.cuda.empty_cache()


def _with_head(module: PreTrainedModel, own: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Files of tied weights may name the embeddings alone."""
    names = {id(weight): name for name, weight in own.items()}
    head = names[id(module.get_output_embeddings().weight)]
    embedding = names[id(module.get_input_embeddings().weight)]
    return {head: state[embedding], **state} if embedding in state else state


def _torch_dtype(name: str) -> torch.dtype:
    dtype = getattr(torch, name, None)
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise WorkerError(f"{name} is no type for weights; use float32, bfloat16, float16 or float64")
    return dtype


def _memory(device: torch.device) -> int:
    """Bytes: what is free on a GPU, what the machine has otherwise."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _out_of_memory(error: BaseException) -> bool:
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)


@contextmanager
def _fast_kernels(device: torch.device) -> Iterator[None]:
    """A trainer in this process may insist on deterministic kernels; on a GPU a cumulative sum has none."""
    strict, warns = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    if not (strict and device.type == "cuda"):
        yield
        return
    torch.use_deterministic_algorithms(False)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(strict, warn_only=warns)
