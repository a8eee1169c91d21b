"""The wire by hand, for tests that send what no SDK would."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import httpx

Json = dict[str, Any]


def session(client: httpx.Client) -> str:
    return str(post(client, "create_session", {"tags": [], "user_metadata": {}, "sdk_version": "0"})["session_id"])


def post(client: httpx.Client, route: str, body: object) -> Json:
    response = client.post(f"/api/v1/{route}", json=body)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert isinstance(answer, dict)
    return answer


def poll(client: httpx.Client, submitted: Json) -> Json:
    """The result of a promise, asked for until it is there."""
    while True:
        response = client.post("/api/v1/retrieve_future", json={"request_id": submitted["request_id"]})
        if response.status_code != 408:
            assert response.status_code == 200, response.text
            answer = response.json()
            assert isinstance(answer, dict)
            return answer


def create_model(client: httpx.Client, session_id: str, number: int = 0, rank: int | None = 2) -> str:
    body: Json = {"session_id": session_id, "model_seq_id": number, "base_model": "tiny"}
    if rank is not None:
        body["lora_config"] = {"rank": rank, "seed": 1}
    return str(poll(client, post(client, "create_model", body))["model_id"])


def datum(tokens: list[int], weight: float = 1.0) -> Json:
    targets = [*tokens[1:], 3]
    return {
        "model_input": {"chunks": [{"type": "encoded_text", "tokens": tokens}]},
        "loss_fn_inputs": {
            "target_tokens": {"data": targets, "dtype": "int64", "shape": [len(targets)]},
            "weights": {"data": [weight] * len(targets), "dtype": "float32", "shape": [len(targets)]},
        },
    }


def forward_backward(model_id: str, seq_id: int | None, tokens: list[int], loss: str = "cross_entropy") -> Json:
    body: Json = {"model_id": model_id, "forward_backward_input": {"loss_fn": loss, "data": [datum(tokens)]}}
    return body if seq_id is None else {**body, "seq_id": seq_id}


def optim_step(model_id: str, seq_id: int, learning_rate: float = 1e-3) -> Json:
    return {"model_id": model_id, "seq_id": seq_id, "adam_params": {"learning_rate": learning_rate}}


def prompt(tokens: list[int], **more: object) -> Json:
    params = {"max_tokens": 6, "seed": 1, **more.pop("sampling_params", {})}  # type: ignore[dict-item]
    return {"prompt": {"chunks": [{"type": "encoded_text", "tokens": tokens}]}, "sampling_params": params, **more}


def numbers() -> Iterator[int]:
    return itertools.count(1)
