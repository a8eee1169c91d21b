"""The OpenAI-compatible endpoint: text in and out, with the model's own tokenizer and template."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from anamnesis_worker.server.catalogue import base_model
from anamnesis_worker.server.completion import held_back

from .wire_client import Json, create_model, poll, post, session

MESSAGES = [{"role": "system", "content": "Ask questions."}, {"role": "user", "content": "I have a cough."}]


def chat(client: httpx.Client, **more: object) -> Json:
    body = {"model": "tiny", "messages": MESSAGES, "max_tokens": 40, "seed": 2, **more}
    response = client.post("/v1/chat/completions", json=body)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert isinstance(answer, dict)
    return answer


def stream(client: httpx.Client, **more: object) -> list[Json]:
    body = {"model": "tiny", "messages": MESSAGES, "max_tokens": 40, "seed": 2, "stream": True, **more}
    with client.stream("POST", "/v1/chat/completions", json=body) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = [line.removeprefix("data: ") for line in response.iter_lines() if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def streamed_text(chunks: list[Json]) -> str:
    return "".join(choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"])


def test_an_answer_in_openais_shape(client: httpx.Client, tiny_model: Path) -> None:
    answer = chat(client)
    [choice] = answer["choices"]
    tokenizer = base_model(str(tiny_model)).tokenizer
    assert tokenizer is not None
    rendered = tokenizer.apply_chat_template(MESSAGES, add_generation_prompt=True, tokenize=False)
    assert answer["object"] == "chat.completion"
    assert choice["message"]["role"] == "assistant"
    assert choice["finish_reason"] in ("stop", "length")
    assert answer["usage"]["prompt_tokens"] == len(tokenizer.encode(rendered, add_special_tokens=False))
    assert answer["usage"]["total_tokens"] == sum(answer["usage"][k] for k in ("prompt_tokens", "completion_tokens"))


def test_a_seed_repeats_the_answer(client: httpx.Client) -> None:
    first, second, other = chat(client, seed=5), chat(client, seed=5), chat(client, seed=6)
    assert first["choices"] == second["choices"]
    assert first["choices"] != other["choices"]


def test_a_streamed_answer_is_the_same_in_pieces(client: httpx.Client) -> None:
    chunks = stream(client, stream_options={"include_usage": True})
    whole = chat(client)
    assert streamed_text(chunks) == whole["choices"][0]["message"]["content"]
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert chunks[-2]["choices"][0]["finish_reason"] == whole["choices"][0]["finish_reason"]
    assert chunks[-1]["usage"] == whole["usage"]
    assert len(chunks) > 4


def test_text_ends_before_a_stop_string(client: httpx.Client) -> None:
    whole = chat(client)["choices"][0]["message"]["content"]
    stop = whole[len(whole) // 2 : len(whole) // 2 + 3]
    ended = chat(client, stop=[stop, "\u2603"])["choices"][0]
    assert ended["message"]["content"] == whole[: whole.index(stop)]
    assert ended["finish_reason"] == "stop"
    assert streamed_text(stream(client, stop=stop)) == ended["message"]["content"]


def test_the_start_of_a_stop_string_is_held_back() -> None:
    assert held_back("what <as", ["<ask>"]) == 3
    assert held_back("what <ask", ["k>", "<ask>"]) == 4
    assert held_back("half a letter \ufffd", []) == 1
    assert held_back("nothing", ["<ask>"]) == 0


def test_several_answers(client: httpx.Client) -> None:
    answer = chat(client, n=3)
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
    assert len({choice["message"]["content"] for choice in answer["choices"]}) > 1
    finished = [choice for chunk in stream(client, n=3) for choice in chunk["choices"] if choice["finish_reason"]]
    assert sorted(choice["index"] for choice in finished) == [0, 1, 2]


def test_a_trained_policy_is_served_by_its_name(client: httpx.Client) -> None:
    model = create_model(client, session(client))
    body = {"model_id": model, "seq_id": 1, "path": "policy"}
    path = poll(client, post(client, "save_weights_for_sampler", body))["path"]
    assert path in [entry["id"] for entry in client.get("/v1/models").json()["data"]]
    assert chat(client, model=path)["choices"][0] == chat(client)["choices"][0]


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"model": "gpt"}, 404, "not served here"),
        ({"messages": []}, 422, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 400, "other than text"),
        ({"messages": [{"role": "user", "content": "cough " * 300}]}, 400, "longer than the context"),
        ({"max_tokens": 10_000}, 400, "shorten them"),
        ({"tools": [{"type": "function"}]}, 400, "tools"),
        ({"response_format": {"type": "json_object"}}, 400, "response_format"),
        ({"logprobs": True}, 400, "logprobs"),
        ({"presence_penalty": 0.5}, 400, "presence_penalty"),
        ({"temperature": -1}, 422, "temperature"),
    ],
)
def test_what_cannot_be_honoured_is_refused_in_openais_shape(
    client: httpx.Client, change: dict[str, Any], status: int, words: str
) -> None:
    response = client.post("/v1/chat/completions", json={"model": "tiny", "messages": MESSAGES, **change})
    assert response.status_code == status
    assert words in response.json()["error"]["message"]
