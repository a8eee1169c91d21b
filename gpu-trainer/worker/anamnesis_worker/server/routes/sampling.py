"""Sampling sessions and sample requests, single or many in one call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from pydantic_core import to_json

from ...types import SampleRequest, SampleResult, SamplingParams
from ..catalogue import BaseModel
from ..decoding import check_tokens, tokens_of
from ..futures import failure
from ..limits import Limits
from ..refusal import Refusal
from ..sampling import Outcome
from ..snapshots import Snapshot
from ..stops import cut, split_stop
from ..wire import (
    CreateSamplingSessionBody,
    PromptBody,
    SampleBatchBody,
    SampleBody,
    SamplerSource,
)
from .call import Call, ThisCall, ThisService

router = APIRouter()
Asked = tuple[SampleRequest, list[str]]
"""A request for the sampler, and the strings that its samples are cut at."""


@router.post("/create_sampling_session")
async def create_sampling_session(body: CreateSamplingSessionBody, call: ThisCall) -> dict[str, str]:
    service = call.service
    service.check_open()
    session = service.sessions.get(body.session_id)

    def first() -> str:
        source = SamplerSource(base_model=body.base_model, model_path=body.model_path)
        return service.samplers.open(session, service.samplers.snapshot(source), body.model_path).id

    name = ("sampling session", session.id, body.sampling_session_seq_id)
    opened = service.sampling_sessions.answer(name, call.digest, first)
    return {"sampling_session_id": opened, "type": "create_sampling_session"}


@router.get("/samplers/{sampler_id}")
async def sampler(sampler_id: str, service: ThisService) -> dict[str, object]:
    found = service.samplers.get(sampler_id)
    path = {} if found.model_path is None else {"model_path": found.model_path}
    return {"sampler_id": found.id, "base_model": found.snapshot.base.name, **path}


@router.post("/asample")
async def asample(body: SampleBody, call: ThisCall) -> dict[str, object]:
    asked: list[Asked] = []

    def work(snapshot: Snapshot) -> Awaitable[bytes]:
        asked.append(asked_of(body, snapshot.base, call.service.limits, body.sampling_session_id))
        return one_response(snapshot.base, call.service.sampling.submit(snapshot, [asked[0][0]]), asked[0][1])

    request_id = submit(call, body, body.seq_id, work)
    return {"request_id": request_id, "sample_sequence_ids": sequence_ids(request_id, body.num_samples)}


@router.post("/asample_batch")
async def asample_batch(body: SampleBatchBody, call: ThisCall) -> dict[str, object]:
    """Extension: many prompts in one call; the result holds a response, or an error, for each in order."""
    limits = call.service.limits
    if len(body.requests) > limits.batch_requests:
        raise Refusal(400, f"{len(body.requests)} requests in one batch; at most {limits.batch_requests}")

    def work(snapshot: Snapshot) -> Awaitable[bytes]:
        asked = [asked_of(request, snapshot.base, limits, body.sampling_session_id) for request in body.requests]
        results = call.service.sampling.submit(snapshot, [request for request, _ in asked])
        return all_responses(snapshot.base, results, [texts for _, texts in asked])

    return {"request_id": submit(call, body, body.seq_id, work)}


def submit(call: Call, source: SamplerSource, seq_id: int | None, work: Callable[[Snapshot], Awaitable[bytes]]) -> str:
    """Accept a sample request; one that is repeated under its session's number is answered as the first time."""
    service = call.service
    service.check_open()
    snapshot = service.samplers.snapshot(source)
    session_id = None
    if source.sampling_session_id is not None:
        session_id = service.samplers.get(source.sampling_session_id).session.id

    def first() -> str:
        return service.futures.promise(work(snapshot), session_id)

    if source.sampling_session_id is None or seq_id is None:
        return first()
    return service.requests.answer(("sample", source.sampling_session_id, seq_id), call.digest, first)


def asked_of(body: PromptBody, base: BaseModel, limits: Limits, session_id: str | None) -> Asked:
    """A request in the sampler's terms, checked against the model."""
    prompt = tokens_of(body.prompt)
    check_tokens(prompt, base.vocab_size, base.context_length)
    params = body.sampling_params
    room = base.context_length - len(prompt)
    max_tokens = room if params.max_tokens is None else params.max_tokens
    if max_tokens > room or room == 0:
        raise Refusal(
            400, f"a prompt of {len(prompt)} and max_tokens {max_tokens} exceed the context of {base.context_length}"
        )
    if body.num_samples > limits.samples:
        raise Refusal(400, f"num_samples {body.num_samples}; at most {limits.samples}")
    if body.topk_prompt_logprobs > min(limits.topk_prompt_logprobs, base.vocab_size):
        raise Refusal(400, f"topk_prompt_logprobs {body.topk_prompt_logprobs}; at most {limits.topk_prompt_logprobs}")
    stop, texts = split_stop(base, params.stop)
    request = SampleRequest(
        prompt=prompt,
        params=SamplingParams(
            max_tokens=max_tokens,
            temperature=params.temperature,
            top_k=-1 if params.top_k == 0 else params.top_k,
            top_p=params.top_p,
            seed=params.seed,
            stop=stop,
        ),
        num_samples=body.num_samples,
        prompt_logprobs=bool(body.prompt_logprobs),
        topk_prompt_logprobs=body.topk_prompt_logprobs,
        cache_key=None if body.prompt_logprobs else cache_key_of(session_id, body.cache_key),
    )
    return request, texts


def cache_key_of(session_id: str | None, key: str | None) -> str:
    """Any prompt may be the beginning of a dialogue, so its cache is kept even where the client did not name it."""
    return f"{session_id or ''}/{key or ''}"


async def one_response(base: BaseModel, outcomes: Awaitable[list[Outcome]], texts: list[str]) -> bytes:
    [outcome] = await outcomes
    if isinstance(outcome, Exception):
        raise outcome
    return to_json(response_of(base, outcome, texts))


async def all_responses(base: BaseModel, outcomes: Awaitable[list[Outcome]], texts: list[list[str]]) -> bytes:
    responses = [
        failure(outcome) if isinstance(outcome, Exception) else response_of(base, outcome, cuts)
        for outcome, cuts in zip(await outcomes, texts, strict=True)
    ]
    return to_json({"responses": responses, "type": "sample_batch"})


def response_of(base: BaseModel, result: SampleResult, texts: list[str]) -> dict[str, object]:
    sequences = [cut(base, sequence, texts) for sequence in result.sequences] if texts else result.sequences
    response: dict[str, object] = {
        "type": "sample",
        "sequences": [{"tokens": s.tokens, "logprobs": s.logprobs, "stop_reason": s.stop_reason} for s in sequences],
        "prompt_cache_hit_tokens": result.reused_tokens,
        "version": result.version,
    }
    if result.prompt_logprobs is not None:
        response["prompt_logprobs"] = list(result.prompt_logprobs)
    if result.topk_prompt_logprobs is not None:
        response["topk_prompt_logprobs"] = list(result.topk_prompt_logprobs)
    return response


def sequence_ids(request_id: str, count: int) -> list[str]:
    return [f"{request_id}:{index}" for index in range(count)]
