"""A thousand malformed requests: every one is refused with a 4xx and a sentence, and the worker goes on."""

from __future__ import annotations

import copy
import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .wire_client import create_model, datum, forward_backward, poll, post, prompt, session

UNTOUCHED = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))

ROUTES: dict[str, dict[str, Any]] = {
    "create_model": {"session_id": "s", "model_seq_id": 0, "base_model": "tiny", "lora_config": {"rank": 2}},
    "forward_backward": forward_backward("m", 1, [5, 6, 7]),
    "forward": {"model_id": "m", "seq_id": 1, "forward_input": {"loss_fn": "cross_entropy", "data": [datum([5, 6])]}},
    "optim_step": {"model_id": "m", "seq_id": 1, "adam_params": {"learning_rate": 0.1, "beta1": 0.9}},
    "save_weights": {"model_id": "m", "seq_id": 1, "path": "a"},
    "save_weights_for_sampler": {"model_id": "m", "seq_id": 1, "path": "a"},
    "load_weights": {"model_id": "m", "seq_id": 1, "path": "tinker://m/weights/a", "optimizer": True},
    "weights_info": {"tinker_path": "tinker://m/weights/a"},
    "create_sampling_session": {"session_id": "s", "sampling_session_seq_id": 0, "base_model": "tiny"},
    "asample": {**prompt([5, 6]), "sampling_session_id": "s", "seq_id": 0},
    "asample_batch": {"requests": [prompt([5, 6])], "sampling_session_id": "s", "seq_id": 0},
    "retrieve_future": {"request_id": "1"},
    "unload_model": {"model_id": "m"},
    "get_info": {"model_id": "m"},
    "session_heartbeat": {"session_id": "s"},
}
"""Well-formed bodies about things that do not exist."""

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**63, -(2**63) - 1, 2**200, 1e308, -1.0]),
    st.floats(),
    st.text(max_size=20),
    st.just("\ud800"),
    st.text(alphabet="./\\%\x00:~", min_size=1, max_size=30),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


def places(body: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


@st.composite
def mangled(draw: st.DrawFn) -> tuple[str, bytes]:
    """A body of which one to three places are replaced or left out."""
    route = draw(st.sampled_from(sorted(ROUTES)))
    body = copy.deepcopy(ROUTES[route])
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(body)))
        if not place:
            continue
        holder: Any = body
        for key in place[:-1]:
            holder = holder[key]
        if isinstance(holder, dict) and draw(st.booleans()):
            holder.pop(place[-1])
        else:
            holder[place[-1]] = draw(values)
    return route, json.dumps(body).encode()


def refused(response: httpx.Response) -> None:
    assert 400 <= response.status_code < 500, response.text
    assert isinstance(response.json()["detail"], str)


@given(request=mangled())
@settings(UNTOUCHED, max_examples=800)
def test_mangled_bodies(client: httpx.Client, request: tuple[str, bytes]) -> None:
    route, body = request
    refused(client.post(f"/api/v1/{route}", content=body, headers={"content-type": "application/json"}))


@given(route=st.sampled_from(sorted(ROUTES)), body=st.binary(max_size=60))
@settings(UNTOUCHED, max_examples=200)
def test_bytes_that_are_no_json(client: httpx.Client, route: str, body: bytes) -> None:
    refused(client.post(f"/api/v1/{route}", content=body, headers={"content-type": "application/json"}))


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"model_id":' * 5_000,
        b'{"model_id": ' + b"9" * 10_000 + b"}",
        b'{"model_id": "m", "model_id": "m", "seq_id": NaN}',
        b"\xff\xfe",
    ],
    ids=["deep list", "deep object", "long number", "nan", "no text"],
)
def test_json_that_breaks_parsers(client: httpx.Client, body: bytes) -> None:
    refused(client.post("/api/v1/optim_step", content=body, headers={"content-type": "application/json"}))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"prompt": {"chunks": [{"type": "image", "data": "AA==", "format": "png"}]}}, "no images"),
        ({"prompt": {"chunks": []}}, "no token"),
        ({"prompt": {"chunks": [{"tokens": [10**9]}]}}, "outside the vocabulary"),
        ({"prompt": {"chunks": [{"tokens": [-1]}]}}, "outside the vocabulary"),
        ({"prompt": {"chunks": [{"tokens": [2**80]}]}}, "outside the vocabulary"),
        ({"prompt": {"chunks": [{"tokens": [5] * 300}]}}, "longer than the context"),
        ({"sampling_params": {"max_tokens": 1000}}, "exceed the context"),
        ({"sampling_params": {"max_tokens": 2, "stop": [10**6]}}, "outside the vocabulary"),
        ({"sampling_params": {"max_tokens": 2, "stop": ""}}, "empty stop"),
        ({"num_samples": 10**6}, "num_samples"),
        ({"topk_prompt_logprobs": 10**6}, "topk_prompt_logprobs"),
        ({"model_path": "tinker://a/sampler_weights/b"}, "give one of"),
        ({"base_model": "other"}, "not served here; there is tiny"),
        ({"base_model": None, "model_path": "tinker://../sampler_weights/b"}, "letters, digits"),
        ({"base_model": None, "model_path": "https://example.org/a"}, "tinker://RUN"),
        ({"base_model": None, "model_path": "tinker://a/sampler_weights/b"}, "no such checkpoint"),
        ({"base_model": None, "sampling_session_id": "ss-0"}, "no such sampling session"),
    ],
)
def test_impossible_samples_are_refused_with_advice(client: httpx.Client, change: dict[str, Any], words: str) -> None:
    body = {**prompt([5, 6]), "base_model": "tiny", **change}
    response = client.post("/api/v1/asample", json=body)
    refused(response)
    assert words in response.json()["detail"]


def tensor(**fields: Any) -> dict[str, Any]:
    return {"data": [1.0, 1.0], "dtype": "float32", "shape": [2], **fields}


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (tensor(shape=[3]), "cannot reshape"),
        (tensor(shape=[2**40, 2**40]), "at most 2 dimensions"),
        (tensor(shape=[1, 1, 2]), "at most 2 dimensions"),
        (tensor(data=[1.5, 2], dtype="int64"), "whole numbers"),
        (tensor(data=[2**64, 1], dtype="int64"), "too large"),
        (tensor(sparse_crow_indices=[0, 1]), "both index lists"),
        (tensor(sparse_crow_indices=[0, 9], sparse_col_indices=[0, 1], shape=[1, 2]), "do not fit"),
        (tensor(sparse_crow_indices=[0, 2], sparse_col_indices=[0, 7], shape=[1, 2]), "do not fit"),
        (tensor(sparse_crow_indices=[], sparse_col_indices=[], shape=[1, 2], data=[]), "do not fit"),
    ],
)
def test_impossible_tensors_are_refused(client: httpx.Client, weights: dict[str, Any], words: str) -> None:
    model = create_model(client, session(client))
    body = forward_backward(model, 1, [5, 6])
    body["forward_backward_input"]["data"][0]["loss_fn_inputs"]["weights"] = weights
    response = client.post("/api/v1/forward_backward", json=body)
    refused(response)
    assert words in response.json()["detail"]
    post(client, "unload_model", {"model_id": model})


def test_nan_in_a_loss_fails_the_operation_as_the_users(client: httpx.Client) -> None:
    model = create_model(client, session(client))
    body = forward_backward(model, 1, [5, 6])
    body["forward_backward_input"]["data"][0]["loss_fn_inputs"]["weights"]["data"] = [float("nan"), 1.0]
    sent = client.post(
        "/api/v1/forward_backward", content=json.dumps(body), headers={"content-type": "application/json"}
    )
    failed = poll(client, sent.json())
    assert "NaN" in failed["error"]
    assert failed["category"] == "user"
    post(client, "unload_model", {"model_id": model})


def test_optimizers_other_than_adamw_are_refused(client: httpx.Client) -> None:
    model = create_model(client, session(client))
    body = {"model_id": model, "seq_id": 1, "optimizer_params": {"type": "dimuon"}}
    response = client.post("/api/v1/optim_step", json=body)
    refused(response)
    assert "AdamW only" in response.json()["detail"]
    post(client, "unload_model", {"model_id": model})


def test_unknown_routes_are_named(client: httpx.Client) -> None:
    response = client.post("/api/v1/cancel_future", json={"request_id": "1"})
    assert response.status_code == 404
    assert "is no route of this worker" in response.json()["detail"]


def test_the_worker_still_works(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    sampled = poll(client, post(client, "asample", {**prompt([5, 6]), "base_model": "tiny"}))
    assert len(sampled["sequences"]) == 1
