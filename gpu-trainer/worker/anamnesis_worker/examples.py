"""Datums checked against a loss before anything is computed: the missing, unknown, misshapen or not finite is refused.

A checked datum is an `Example`: targets and inputs as N x K arrays (K > 1 only for soft targets of cross_entropy) and
the positions whose log-probs the loss depends on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .losses import LOSSES, Loss
from .types import Datum, WorkerError

TARGETS = "target_tokens"


@dataclass(frozen=True)
class Example:
    """`shape`: of the datum's own targets, which its log-probs are given back in. `matters`: N booleans."""

    tokens: NDArray[np.int64]
    targets: NDArray[np.int64]
    inputs: Mapping[str, NDArray[np.float64]]
    matters: NDArray[np.bool_]
    shape: tuple[int, ...]


def find_loss(name: str) -> Loss:
    """The loss of that name, or an error that lists those there are."""
    if name not in LOSSES:
        raise WorkerError(f"unknown loss_fn {name!r}; this worker has {', '.join(LOSSES)}")
    return LOSSES[name]


def check_config(name: str, config: Mapping[str, float]) -> dict[str, float]:
    """All options of the loss, defaults filled in."""
    options = find_loss(name).options
    unknown = sorted(set(config) - set(options))
    if unknown:
        raise WorkerError(f"{name} has no option {', '.join(unknown)}; it takes {', '.join(options) or 'none'}")
    values: dict[str, float] = {}
    for key, option in options.items():
        value = config.get(key, option.default)
        if value is None:
            raise WorkerError(f"{name} needs loss_fn_config.{key}")
        if not (math.isfinite(value) and option.low <= value <= option.high):
            raise WorkerError(
                f"{name}: loss_fn_config.{key} is {value}; give a number from {option.low} to {option.high}"
            )
        values[key] = float(value)
    if values.get("clip_low_threshold", 0.0) > values.get("clip_high_threshold", math.inf):
        raise WorkerError(f"{name}: clip_low_threshold is above clip_high_threshold")
    return values


def check_data(
    data: Sequence[Datum], name: str, config: Mapping[str, float], *, vocab_size: int, context_length: int
) -> list[Example]:
    """Every datum as an example; the message of a refusal names the first datum at fault."""
    if not data:
        raise WorkerError("data is empty; send at least one datum")
    loss = find_loss(name)
    examples = []
    for index, datum in enumerate(data):
        try:
            examples.append(_check(datum, name, loss, config, vocab_size, context_length))
        except WorkerError as error:
            raise WorkerError(f"datum {index}: {error}", error.category) from None
    return examples


def _check(
    datum: Datum, name: str, loss: Loss, config: Mapping[str, float], vocab_size: int, context_length: int
) -> Example:
    length = len(datum.tokens)
    if length == 0 or np.ndim(datum.tokens) != 1:
        raise WorkerError("model_input holds no token" if length == 0 else "model_input must be one list of tokens")
    if length > context_length:
        raise WorkerError(
            f"model_input has {length} tokens, the model reads {context_length}; cut or split the sequence"
        )
    tokens = _ids(datum.tokens, "model_input", vocab_size)
    _check_names(set(datum.inputs), name, loss, config)
    raw = np.asarray(datum.inputs[TARGETS])
    if raw.ndim not in (1, 2) or raw.shape[0] != length or raw.size == 0:
        raise WorkerError(f"{TARGETS} has shape {raw.shape}; position i scores target i, so give {length} of them")
    if raw.ndim == 2 and name != "cross_entropy":
        raise WorkerError(f"{TARGETS} of shape {raw.shape} are soft targets, which only cross_entropy takes")
    targets = _ids(raw, TARGETS, vocab_size).reshape(length, -1)
    inputs = {key: _numbers(value, key, raw.shape) for key, value in datum.inputs.items() if key != TARGETS}
    weights = inputs.setdefault("weights", np.ones(targets.shape))
    if config.get("kl_coef", 0.0) == 0:
        inputs.pop("reference_logprobs", None)
    if name == "oapl":
        _check_sequence(inputs)
    matters: NDArray[np.bool_] = np.any(weights != 0, axis=1)
    if loss.skips_idle and config.get("kl_coef", 0.0) == 0:
        matters &= np.any((inputs["advantages"] != 0) | (inputs["logprobs"] != 0), axis=1)
    return Example(tokens, targets, inputs, matters, raw.shape)


def _check_names(given: set[str], name: str, loss: Loss, config: Mapping[str, float]) -> None:
    required = {TARGETS, *loss.required}
    if config.get("kl_coef", 0.0) > 0:
        # Without weights the prompt would be held to the reference as well: its advantage is 0, its divergence is not.
        required |= {"weights", "reference_logprobs"}
    missing, extra = sorted(required - given), sorted(given - required - set(loss.optional))
    if missing:
        raise WorkerError(f"{name} needs loss_fn_inputs.{', '.join(missing)}")
    if extra:
        raise WorkerError(f"{name} takes no loss_fn_inputs.{', '.join(extra)}; leave it out")


def _ids(values: NDArray[np.generic], key: str, vocab_size: int) -> NDArray[np.int64]:
    array = np.asarray(values)
    if array.dtype.kind not in "iu":
        raise WorkerError(f"{key} must be whole numbers (int64), not {array.dtype}")
    if array.min() < 0 or array.max() >= vocab_size:
        raise WorkerError(f"{key} holds an id outside 0..{vocab_size - 1}; is it another model's tokenizer?")
    return array.astype(np.int64)


def _numbers(values: NDArray[np.generic], key: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    array = np.asarray(values)
    if array.dtype.kind not in "iuf":
        raise WorkerError(f"{key} must be numbers, not {array.dtype}")
    if array.shape != shape:
        raise WorkerError(f"{key} has shape {array.shape}, {TARGETS} has {shape}; they must be equal")
    if not np.isfinite(array).all():
        raise WorkerError(f"{key} holds NaN or an infinity")
    return array.astype(np.float64).reshape(shape[0], -1)


def _check_sequence(inputs: Mapping[str, NDArray[np.float64]]) -> None:
    trained = inputs["weights"] != 0
    for key in ("weights", "advantages"):
        if np.unique(inputs[key][trained]).size > 1:
            raise WorkerError(f"oapl scores a sequence: {key} must be one number wherever the weight is not 0")
