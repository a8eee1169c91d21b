"""Sampling over the wire: joined requests, batches, stops, kept caches, and weights that stay what they were."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from anamnesis_worker.server.catalogue import base_model
from anamnesis_worker.server.limits import Limits
from anamnesis_worker.server.sampling import sample_each
from anamnesis_worker.server.stops import cut, encode, split_stop
from anamnesis_worker.types import SampledSequence, SampleRequest, SampleResult, SamplingParams, WorkerError

from .wire_client import Json, create_model, forward_backward, optim_step, poll, post, prompt, session
from .worker_here import worker_here

TOKENS = [5, 6, 7, 8, 9, 10]


def sample(client: httpx.Client, **more: object) -> Json:
    return poll(client, post(client, "asample", {**prompt(TOKENS, **more), "base_model": "tiny"}))


def test_samples_of_a_request_differ_and_repeat_with_its_seed(client: httpx.Client) -> None:
    first, again = (sample(client, num_samples=4, sampling_params={"seed": 9}) for _ in range(2))
    tokens = [sequence["tokens"] for sequence in first["sequences"]]
    assert len({tuple(t) for t in tokens}) > 1
    assert tokens == [sequence["tokens"] for sequence in again["sequences"]]


def test_a_sample_does_not_depend_on_who_else_is_sampled(client: httpx.Client) -> None:
    alone = [sample(client, sampling_params={"seed": seed})["sequences"][0]["tokens"] for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda seed: sample(client, sampling_params={"seed": seed}), range(8)))
    assert [result["sequences"][0]["tokens"] for result in together] == alone


def test_a_batch_gives_a_response_for_each_prompt_in_order(client: httpx.Client) -> None:
    requests = [prompt(TOKENS, sampling_params={"seed": seed}) for seed in range(3)]
    batch = poll(client, post(client, "asample_batch", {"requests": requests, "base_model": "tiny"}))
    alone = [sample(client, sampling_params={"seed": seed})["sequences"][0]["tokens"] for seed in range(3)]
    assert [response["sequences"][0]["tokens"] for response in batch["responses"]] == alone


def test_a_batch_that_is_too_large_for_one_call_of_the_sampler_is_answered_in_order(
    tiny_model: Path, tmp_path: Path
) -> None:
    requests = [prompt(TOKENS, num_samples=1 + seed % 3, sampling_params={"seed": seed}) for seed in range(7)]
    answers = []
    for limits in (Limits(), Limits(batch_samples=4), Limits(batch_samples=1)):
        with worker_here(tiny_model, tmp_path, limits) as client:
            sent = [
                post(client, "asample_batch", {"requests": part, "base_model": "tiny"})
                for part in (requests[:5], requests[5:])
            ]
            answers.append(
                [
                    [sequence["tokens"] for sequence in response["sequences"]]
                    for submitted in sent
                    for response in poll(client, submitted)["responses"]
                ]
            )
    assert [len(sequences) for sequences in answers[0]] == [1, 2, 3, 1, 2, 3, 1]
    assert answers[0] == answers[1] == answers[2]


def test_one_that_fails_leaves_its_neighbours_alone() -> None:
    """What is refused in a joined call is tried alone."""

    def sampler(requests: object) -> list[SampleResult]:
        assert isinstance(requests, list)
        if any(request.prompt == [0] for request in requests):
            raise WorkerError("not this one")
        return [SampleResult([], version=len(requests)) for _ in requests]

    requests = [SampleRequest([number], SamplingParams(1)) for number in (1, 0, 2)]
    outcomes = sample_each(sampler, requests)
    assert [isinstance(outcome, WorkerError) for outcome in outcomes] == [False, True, False]


def test_a_repeated_sample_is_the_same_promise(client: httpx.Client) -> None:
    opened = post(
        client,
        "create_sampling_session",
        {"session_id": session(client), "sampling_session_seq_id": 0, "base_model": "tiny"},
    )["sampling_session_id"]
    body = {**prompt(TOKENS), "sampling_session_id": opened, "seq_id": 10**18 + 1}
    first = post(client, "asample", body)
    assert first["sample_sequence_ids"] == [f"{first['request_id']}:0"]
    assert post(client, "asample", body) == first
    assert post(client, "asample", {**body, "seq_id": 10**18 + 2})["request_id"] != first["request_id"]
    assert client.post("/api/v1/asample", json={**body, "num_samples": 2}).status_code == 400


def test_a_dialogue_continues_from_its_cache(client: httpx.Client) -> None:
    """The second turn's prompt extends the first turn's tokens, and only the rest is computed."""
    turn = list(range(5, 45))
    first = poll(client, post(client, "asample", {**prompt(turn), "base_model": "tiny"}))
    longer = [*turn, *first["sequences"][0]["tokens"], 11, 12, 13]
    second = poll(client, post(client, "asample", {**prompt(longer), "base_model": "tiny"}))
    assert second["prompt_cache_hit_tokens"] >= len(turn)


def test_max_tokens_fills_the_context_when_left_out(client: httpx.Client) -> None:
    body = {**prompt(TOKENS), "base_model": "tiny", "sampling_params": {"seed": 1}}
    [sequence] = poll(client, post(client, "asample", body))["sequences"]
    assert sequence["stop_reason"] == "stop" or len(sequence["tokens"]) == 256 - len(TOKENS)


def test_a_token_id_stops_and_is_kept(client: httpx.Client) -> None:
    free = sample(client, sampling_params={"max_tokens": 30})["sequences"][0]["tokens"]
    [stopped] = sample(client, sampling_params={"max_tokens": 30, "stop": [free[3]]})["sequences"]
    assert stopped["tokens"] == free[: free.index(free[3]) + 1]
    assert stopped["stop_reason"] == "stop"


def test_a_string_stops_wherever_it_is_completed(tiny_model: Path) -> None:
    """The string may end in the middle of a token; the token that completes it is the last."""
    base = base_model(str(tiny_model))
    assert base.tokenizer is not None
    tokens = encode(base.tokenizer, "I have a cough and a fever since Monday.")
    sequence = SampledSequence(tokens, [-1.0] * len(tokens), "length")
    ended = cut(base, sequence, ["no such words", "coug"])
    assert base.tokenizer.decode(list(ended.tokens)) == "I have a cough"
    assert len(ended.logprobs) == len(ended.tokens)
    assert ended.stop_reason == "stop"
    assert cut(base, sequence, ["nowhere"]) is sequence


def test_the_models_own_end_always_ends(tiny_model: Path) -> None:
    base = base_model(str(tiny_model))
    ids, texts = split_stop(base, ["</ask>"])
    assert [base.end_tokens[0]] in ids
    assert base.tokenizer is not None
    assert encode(base.tokenizer, "</ask>") in ids
    assert texts == ["</ask>"]


def test_unnamed_weights_are_dropped_when_newer_ones_need_the_room(tiny_model: Path, tmp_path: Path) -> None:
    with worker_here(tiny_model, tmp_path, Limits(snapshots=1)) as client:
        model = create_model(client, session(client))
        sessions = []
        for number in (0, 1):
            post(client, "forward_backward", forward_backward(model, 3 * number + 1, TOKENS))
            post(client, "optim_step", optim_step(model, 3 * number + 2))
            body = {"model_id": model, "seq_id": 3 * number + 3, "sampling_session_seq_id": number}
            saved = poll(client, post(client, "save_weights_for_sampler", body))
            assert saved["version"] == number + 1
            sessions.append(saved["sampling_session_id"])
        newest, oldest = (
            poll(client, post(client, "asample", {**prompt(TOKENS), "sampling_session_id": opened, "seq_id": 0}))
            for opened in reversed(sessions)
        )
        assert newest["version"] == 2
        assert "were dropped" in oldest["error"]
        assert oldest["category"] == "user"


@pytest.mark.parametrize("samplers", [1, 2])
def test_policies_take_turns(tiny_model: Path, tmp_path: Path, samplers: int) -> None:
    """Base model, policy, base model again: each answers with its own weights, however few samplers there are."""
    with worker_here(tiny_model, tmp_path, samplers=samplers) as client:
        model = create_model(client, session(client))
        post(client, "forward_backward", forward_backward(model, 1, TOKENS))
        post(client, "optim_step", optim_step(model, 2, 0.05))
        saved = poll(client, post(client, "save_weights_for_sampler", {"model_id": model, "seq_id": 3, "path": "p"}))
        ways = ({"base_model": "tiny"}, {"model_path": saved["path"]}) * 2
        scores = [
            poll(client, post(client, "asample", {**prompt(TOKENS, prompt_logprobs=True), **way}))["prompt_logprobs"]
            for way in ways
        ]
        assert scores[0] == scores[2]
        assert scores[1] == scores[3]
        assert scores[0] != scores[1]
