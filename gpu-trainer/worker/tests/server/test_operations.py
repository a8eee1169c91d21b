"""Order, idempotency and failures of a model's operations, over the wire."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from anamnesis_worker.server.limits import Limits

from .wire_client import create_model, datum, forward_backward, optim_step, poll, post, session
from .worker_here import worker_here

TOKENS = [5, 6, 7, 8]


@pytest.fixture
def model(client: httpx.Client) -> str:
    return create_model(client, session(client))


def norm(client: httpx.Client, submitted: dict[str, object]) -> float:
    return float(next(iter(poll(client, submitted)["metrics"].values())))


def test_operations_take_effect_by_number_not_by_arrival(client: httpx.Client) -> None:
    """Two chunks and the step behind them, sent last to first, step as if they had come in order."""
    norms = []
    for order in ((1, 2, 3), (3, 2, 1)):
        model = create_model(client, session(client))
        bodies = {
            1: ("forward_backward", forward_backward(model, 1, TOKENS)),
            2: ("forward_backward", forward_backward(model, 2, [9, 10, 11])),
            3: ("optim_step", optim_step(model, 3)),
        }
        submitted = {number: post(client, *bodies[number]) for number in order}
        norms.append(norm(client, submitted[3]))
    assert norms[0] == norms[1]


def test_gradients_add_up_until_the_step(client: httpx.Client) -> None:
    """Twice the same datum is twice the gradient; after the step none is left."""
    norms = []
    for times in (1, 2):
        model = create_model(client, session(client))
        for number in range(times):
            post(client, "forward_backward", forward_backward(model, number + 1, TOKENS))
        norms.append(norm(client, post(client, "optim_step", optim_step(model, times + 1))))
        empty = poll(client, post(client, "optim_step", optim_step(model, times + 2)))
        assert "forward_backward first" in empty["error"]
        assert empty["category"] == "user"
    assert norms[1] == pytest.approx(2 * norms[0], rel=1e-5)


def test_a_repeated_request_is_answered_as_the_first_time(client: httpx.Client, model: str) -> None:
    first = post(client, "forward_backward", forward_backward(model, 1, TOKENS))
    again = post(client, "forward_backward", forward_backward(model, 1, TOKENS))
    assert again["request_id"] == first["request_id"]
    other = client.post("/api/v1/forward_backward", json=forward_backward(model, 1, [5, 6]))
    assert other.status_code == 400
    assert "used before" in other.json()["detail"]


def test_a_repeated_create_makes_one_model(client: httpx.Client) -> None:
    body = {"session_id": session(client), "model_seq_id": 0, "base_model": "tiny", "lora_config": {"rank": 2}}
    first, second = post(client, "create_model", body), post(client, "create_model", body)
    assert first == second
    assert client.post("/api/v1/create_model", json={**body, "lora_config": {"rank": 3}}).status_code == 400


def test_a_refused_number_is_used_up(client: httpx.Client, model: str) -> None:
    """Neither an unreadable nor an impossible request stops those that were numbered behind it."""
    later = post(client, "forward_backward", forward_backward(model, 3, TOKENS))
    assert client.post("/api/v1/forward_backward", json={"model_id": model, "seq_id": 1}).status_code == 422
    outside = forward_backward(model, 2, [10**6])
    assert client.post("/api/v1/forward_backward", json=outside).status_code == 400
    assert "metrics" in poll(client, later)


def test_no_step_is_taken_on_half_a_gradient(client: httpx.Client, model: str) -> None:
    """A failed forward_backward spoils the step behind it, and only that."""
    wrong = forward_backward(model, 2, TOKENS, "ppo")
    post(client, "forward_backward", forward_backward(model, 1, TOKENS))
    assert poll(client, post(client, "forward_backward", wrong))["category"] == "user"
    refused = poll(client, post(client, "optim_step", optim_step(model, 3)))
    assert "no step was taken" in refused["error"]
    post(client, "forward_backward", forward_backward(model, 4, TOKENS))
    single = norm(client, post(client, "optim_step", optim_step(model, 5)))
    fresh = create_model(client, session(client))
    post(client, "forward_backward", forward_backward(fresh, 1, TOKENS))
    assert single == pytest.approx(norm(client, post(client, "optim_step", optim_step(fresh, 2))), rel=1e-6)


def test_all_weights_train_without_a_lora_config(client: httpx.Client) -> None:
    model = create_model(client, session(client), rank=None)
    assert post(client, "get_info", {"model_id": model})["is_lora"] is False
    post(client, "forward_backward", forward_backward(model, 1, TOKENS))
    assert norm(client, post(client, "optim_step", optim_step(model, 2))) > 0


def test_sparse_soft_targets_equal_dense_ones(client: httpx.Client, model: str) -> None:
    dense = datum(TOKENS)
    dense["loss_fn_inputs"] = {
        "target_tokens": {"data": [6, 0, 0, 7, 8, 0, 0, 3], "dtype": "int64", "shape": [4, 2]},
        "weights": {"data": [1.0, 0, 0, 0.5, 2.0, 0, 0, 1.0], "dtype": "float32", "shape": [4, 2]},
    }
    sparse = datum(TOKENS)
    csr = {"sparse_crow_indices": [0, 1, 2, 3, 4], "sparse_col_indices": [0, 1, 0, 1], "shape": [4, 2]}
    sparse["loss_fn_inputs"] = {
        "target_tokens": {"data": [6, 7, 8, 3], "dtype": "int64", **csr},
        "weights": {"data": [1.0, 0.5, 2.0, 1.0], "dtype": "float32", **csr},
    }
    outputs = [
        poll(client, post(client, "forward", {"model_id": model, "seq_id": number, "forward_input": body}))
        for number, body in (
            (1, {"loss_fn": "cross_entropy", "data": [dense]}),
            (2, {"loss_fn": "cross_entropy", "data": [sparse]}),
        )
    ]
    assert outputs[0] == outputs[1]
    assert outputs[0]["loss_fn_outputs"][0]["logprobs"]["shape"] == [4, 2]


def test_an_unloaded_model_is_gone(client: httpx.Client, model: str) -> None:
    held = post(client, "optim_step", optim_step(model, 2))
    assert poll(client, post(client, "unload_model", {"model_id": model}))["type"] == "unload_model"
    assert "was unloaded" in poll(client, held)["error"]
    assert client.post("/api/v1/get_info", json={"model_id": model}).status_code == 404


def test_signs_of_life_are_answered_while_the_engine_is_busy(client: httpx.Client, worker_url: str) -> None:
    opened = session(client)
    model = create_model(client, opened)
    body = {"loss_fn": "cross_entropy", "data": [datum([5] * 200) for _ in range(60)]}
    busy = post(client, "forward_backward", {"model_id": model, "seq_id": 1, "forward_backward_input": body})
    answered = 0
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(poll, httpx.Client(base_url=worker_url, timeout=60), busy)
        while not done.done():
            assert post(client, "session_heartbeat", {"session_id": opened}) == {"type": "session_heartbeat"}
            answered += 1
    assert answered > 1


def test_an_operation_that_waits_in_vain_fails_and_the_model_goes_on(tiny_model: Path, tmp_path: Path) -> None:
    with worker_here(tiny_model, tmp_path, Limits(gap_s=0.2)) as client:
        model = create_model(client, session(client))
        stuck = post(client, "optim_step", optim_step(model, 2))
        assert "seq_id 1 did not arrive" in poll(client, stuck)["error"]
        late = client.post("/api/v1/forward_backward", json=forward_backward(model, 1, TOKENS))
        assert late.status_code == 400
        assert "metrics" in poll(client, post(client, "forward_backward", forward_backward(model, 3, TOKENS)))


def test_a_silent_session_is_closed_with_its_models(tiny_model: Path, tmp_path: Path) -> None:
    with worker_here(tiny_model, tmp_path, Limits(session_s=1.0)) as client:
        model = create_model(client, session(client))
        while client.get("/api/v1/sessions").json()["sessions"]:
            time.sleep(0.1)
        gone = client.post("/api/v1/forward_backward", json=forward_backward(model, 1, TOKENS))
        assert gone.status_code == 404
        assert "session expired" in gone.json()["detail"]


def test_a_poll_is_held_and_then_asked_to_come_again(tiny_model: Path, tmp_path: Path) -> None:
    with worker_here(tiny_model, tmp_path, Limits(poll_s=0.05)) as client:
        model = create_model(client, session(client))
        stuck = post(client, "optim_step", optim_step(model, 2))
        asked = client.post("/api/v1/retrieve_future", json={"request_id": stuck["request_id"]})
        assert asked.status_code == 408
        assert asked.json() == {"type": "try_again", "request_id": stuck["request_id"], "queue_state": "active"}


def test_a_large_result_is_announced_where_the_client_allows(tiny_model: Path, tmp_path: Path) -> None:
    with worker_here(tiny_model, tmp_path, Limits(metadata_bytes=10)) as client:
        model = create_model(client, session(client))
        promise = post(client, "forward_backward", forward_backward(model, 1, TOKENS))
        announced = post(client, "retrieve_future", {**promise, "allow_metadata_only": True})
        result = client.post("/api/v1/retrieve_future", json=promise)
        assert announced == {"status": "complete_metadata", "response_payload_size": len(result.content)}


def test_a_promise_of_another_process_is_said_to_be_lost(client: httpx.Client) -> None:
    assert client.post("/api/v1/retrieve_future", json={"request_id": "00000000-7"}).status_code == 410
    assert client.post("/api/v1/retrieve_future", json={"request_id": "nonsense"}).status_code == 404
