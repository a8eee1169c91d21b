"""Whatever is wrong with training data is said before anything is computed."""

from __future__ import annotations

import numpy as np
import pytest

from anamnesis_worker.examples import check_config, check_data
from anamnesis_worker.types import Datum, ErrorCategory, WorkerError

GOOD = {
    "target_tokens": np.array([1, 2, 3]),
    "logprobs": np.array([0.0, -1.0, -2.0], dtype=np.float32),
    "advantages": np.array([0.0, 0.5, 0.5], dtype=np.float32),
}


def check(loss: str, changes: dict[str, object] | None = None, tokens: object = (1, 2, 3), **config: float) -> None:
    inputs = {key: np.asarray(value) for key, value in (GOOD | (changes or {})).items() if value is not None}
    check_data([Datum(np.asarray(tokens), inputs)], loss, check_config(loss, config), vocab_size=10, context_length=4)


@pytest.mark.parametrize(
    ("loss", "changes", "says"),
    [
        ("ppo", {"logprobs": None}, "ppo needs loss_fn_inputs.logprobs"),
        ("ppo", {"mask": [1, 1, 1]}, "takes no loss_fn_inputs.mask"),
        ("cross_entropy", {"logprobs": None, "advantages": None}, "needs loss_fn_inputs.weights"),
        ("ppo", {"advantages": [0.0, np.nan, 1.0]}, "advantages holds NaN"),
        ("ppo", {"logprobs": [0.0, -np.inf, 1.0]}, "logprobs holds NaN or an infinity"),
        ("ppo", {"logprobs": [0.0, -1.0]}, r"logprobs has shape \(2,\)"),
        ("ppo", {"target_tokens": [1, 2]}, "give 3 of them"),
        ("ppo", {"target_tokens": [1, 2, 10]}, "outside 0..9"),
        ("ppo", {"target_tokens": [1.0, 2.0, 3.0]}, "whole numbers"),
        ("ppo", {"target_tokens": [[1], [2], [3]]}, "only cross_entropy"),
        ("ppo", {"weights": ["a", "b", "c"]}, "must be numbers"),
        ("oapl", {"advantages": [0.1, 0.5, 0.5]}, "oapl scores a sequence: advantages"),
    ],
)
def test_inputs_at_fault_are_named(loss: str, changes: dict[str, object], says: str) -> None:
    with pytest.raises(WorkerError, match=says) as caught:
        check(loss, changes, **({"beta": 0.1} if loss == "oapl" else {}))
    assert str(caught.value).startswith("datum 0: ")
    assert caught.value.category is ErrorCategory.USER


@pytest.mark.parametrize(
    ("loss", "config", "says"),
    [
        ("reinforce", {}, "unknown loss_fn 'reinforce'; this worker has cross_entropy"),
        ("ppo", {"clip": 0.2}, "ppo has no option clip; it takes clip_low_threshold"),
        ("ppo", {"clip_low_threshold": 2.0}, "above"),
        ("ppo", {"clip_low_threshold": float("nan")}, "is nan"),
        ("dro", {"beta": -1.0}, "from 0"),
        ("oapl", {}, "oapl needs loss_fn_config.beta"),
        ("grpo", {"kl_coef": 0.1}, "needs loss_fn_inputs.reference_logprobs, weights"),
    ],
)
def test_options_at_fault_are_named(loss: str, config: dict[str, float], says: str) -> None:
    with pytest.raises(WorkerError, match=says):
        check(loss, None, **config)


@pytest.mark.parametrize(
    ("tokens", "says"),
    [
        ([], "holds no token"),
        ([1, 2, 3, 4, 5], "the model reads 4"),
        ([1, 2, -1], "outside"),
        ([0.5, 1, 2], "whole"),
        ([[1], [2], [3]], "one list"),
    ],
)
def test_tokens_at_fault_are_named(tokens: list[float], says: str) -> None:
    with pytest.raises(WorkerError, match=says):
        check("ppo", None, tokens)


def test_no_data_at_all_is_an_error() -> None:
    with pytest.raises(WorkerError, match="data is empty"):
        check_data([], "ppo", {}, vocab_size=10, context_length=4)


def test_prompts_are_known_by_their_padding_or_by_their_weight() -> None:
    data = [Datum(np.array([1, 2, 3]), GOOD), Datum(np.array([1, 2, 3]), GOOD | {"weights": np.array([0, 0, 1])})]
    for loss, expected in (("ppo", [False, True, True]), ("dro", [True, True, True])):
        config = check_config(loss, {})
        plain, weighted = check_data(data, loss, config, vocab_size=10, context_length=4)
        assert plain.matters.tolist() == expected
        assert weighted.matters.tolist() == [False, False, True]
