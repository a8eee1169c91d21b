"""What a request says, in the worker's own types, checked against the model and the limits it is meant for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..types import AdamParams, Datum, LoraConfig
from .limits import Limits
from .refusal import Refusal
from .wire import DatumBody, LoraBody, ModelInputBody, OptimStepBody, TensorBody


def tokens_of(body: ModelInputBody) -> list[int]:
    """The token ids of an input, chunk after chunk."""
    tokens: list[int] = []
    for chunk in body.chunks:
        if chunk.type not in (None, "encoded_text") or chunk.tokens is None:
            kind = chunk.type if chunk.type not in (None, "encoded_text") else "chunk without tokens"
            raise Refusal(400, f"{kind!r}: this worker takes encoded_text chunks only, no images or audio yet")
        tokens.extend(chunk.tokens)
    return tokens


def check_tokens(tokens: list[int], vocab_size: int, context_length: int) -> None:
    """Refuse an empty input, one longer than the context, and ids outside the vocabulary."""
    if not tokens:
        raise Refusal(400, "an input holds no token; give at least one")
    if len(tokens) > context_length:
        raise Refusal(400, f"an input of {len(tokens)} tokens is longer than the context of {context_length}")
    low, high = min(tokens), max(tokens)
    if low < 0 or high >= vocab_size:
        raise Refusal(400, f"token id {low if low < 0 else high} is outside the vocabulary of {vocab_size}")


def array_of(name: str, body: TensorBody, limits: Limits) -> NDArray[np.generic]:
    """A dense array; CSR becomes dense."""
    dtype = np.int64 if body.dtype == "int64" else np.float32
    if body.dtype == "int64" and any(isinstance(value, float) for value in body.data):
        raise Refusal(400, f"{name}: dtype int64 with a fraction in data; send whole numbers")
    try:
        flat = np.array(body.data, dtype=dtype)
        shape = [len(body.data)] if body.shape is None else body.shape
        elements = int(np.prod(np.array(shape, dtype=object))) if shape else 1
        if elements > limits.tokens or len(shape) > 2:
            raise Refusal(400, f"{name}: shape {shape}; at most 2 dimensions and {limits.tokens} elements")
        if body.sparse_crow_indices is None and body.sparse_col_indices is None:
            return flat.reshape(shape)
        return _dense(name, body, flat, shape)
    except (OverflowError, ValueError) as error:
        raise Refusal(400, f"{name}: {error}") from error


def _dense(name: str, body: TensorBody, flat: NDArray[np.generic], shape: list[int]) -> NDArray[np.generic]:
    if body.sparse_crow_indices is None or body.sparse_col_indices is None or len(shape) != 2 or body.shape is None:
        raise Refusal(400, f"{name}: a sparse tensor needs both index lists and a shape of two dimensions")
    rows = np.array(body.sparse_crow_indices, dtype=np.int64)
    columns = np.array(body.sparse_col_indices, dtype=np.int64)
    counts = np.diff(rows)
    consistent = len(rows) == shape[0] + 1 and rows[0] == 0 and rows[-1] == len(flat) and bool(np.all(counts >= 0))
    in_range = not len(columns) or bool(columns.min() >= 0 and columns.max() < shape[1])
    if not consistent or len(columns) != len(flat) or not in_range:
        raise Refusal(400, f"{name}: the sparse indices do not fit shape {shape} and {len(flat)} values")
    dense = np.zeros(shape, dtype=flat.dtype)
    dense[np.repeat(np.arange(shape[0]), counts), columns] = flat
    return dense


def data_of(body: list[DatumBody], vocab_size: int, context_length: int, limits: Limits) -> list[Datum]:
    """The datums of a forward or forward_backward, checked against the model they are meant for."""
    if len(body) > limits.datums:
        raise Refusal(400, f"{len(body)} datums in one request; at most {limits.datums}")
    data: list[Datum] = []
    total = 0
    for datum in body:
        tokens = tokens_of(datum.model_input)
        check_tokens(tokens, vocab_size, context_length)
        total += len(tokens)
        if total > limits.tokens:
            raise Refusal(400, f"more than {limits.tokens} tokens in one request; send fewer datums at once")
        inputs = {name: array_of(name, tensor, limits) for name, tensor in datum.loss_fn_inputs.items()}
        data.append(Datum(np.array(tokens, dtype=np.int64), inputs))
    return data


def adam_of(body: OptimStepBody) -> AdamParams:
    if body.optimizer_params is not None or body.adam_params is None:
        raise Refusal(400, "this worker steps with AdamW only; send adam_params")
    return AdamParams(**body.adam_params.model_dump())


def lora_of(body: LoraBody | None) -> LoraConfig | None:
    """No `lora_config` means that every weight is trained."""
    if body is None:
        return None
    if not (body.train_mlp or body.train_attn or body.train_unembed):
        raise Refusal(400, "nothing to train: train_mlp, train_attn and train_unembed are all false")
    return LoraConfig(**body.model_dump())
