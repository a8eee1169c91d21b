"""The OpenAI-compatible endpoint: chat completions over the model directory's own tokenizer and chat template.

`model` is a base model's name, the URI of named sampler weights, or a sampling session's id. An option
that this endpoint does not honour is refused if it would change the answer.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse
from jinja2 import TemplateError
from pydantic import Field, StrictInt

from ..types import SamplingParams, WorkerError
from .completion import Completion, Piece, sample, whole
from .decoding import check_tokens
from .refusal import Refusal, json_response
from .routes.call import ThisService
from .service import Service
from .snapshots import Snapshot
from .stops import split_stop
from .wire import SamplerSource, Wire

router = APIRouter()


class TextPart(Wire):
    type: str
    text: str | None = None


class Message(Wire):
    role: Annotated[str, Field(max_length=32)]
    content: str | list[TextPart] | None = None


class StreamOptions(Wire):
    include_usage: bool = False


class ResponseFormat(Wire):
    type: str


class ChatBody(Wire):
    model: Annotated[str, Field(max_length=512)]
    messages: Annotated[list[Message], Field(min_length=1, max_length=4096)]
    max_tokens: Annotated[StrictInt, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[StrictInt, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    top_k: Annotated[StrictInt, Field(ge=-1)] | None = None
    n: Annotated[StrictInt, Field(ge=1, le=128)] | None = None
    seed: Annotated[StrictInt, Field(ge=0, lt=2**62)] | None = None
    stop: str | list[str] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: list[object] | None = None
    functions: list[object] | None = None
    response_format: ResponseFormat | None = None
    logprobs: bool | None = None
    logit_bias: dict[str, float] | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None

    def check_honoured(self) -> None:
        wanted = {
            "tools": bool(self.tools or self.functions),
            "response_format": self.response_format is not None and self.response_format.type != "text",
            "logprobs (asample gives them)": bool(self.logprobs),
            "logit_bias": bool(self.logit_bias),
            "presence_penalty": bool(self.presence_penalty),
            "frequency_penalty": bool(self.frequency_penalty),
        }
        for option, asked in wanted.items():
            if asked:
                raise Refusal(400, f"this endpoint does not offer {option}; leave it out")


@router.get("/models")
async def models(service: ThisService) -> dict[str, object]:
    named = [e for e in service.store.entries() if e.checkpoint.kind == "sampler_weights"]
    listed = [(model.name, 0) for model in service.catalogue.all()]
    listed += [(entry.checkpoint.uri, int(entry.created.timestamp())) for entry in named]
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": at, "owned_by": "anamnesis"} for name, at in listed],
    }


@router.post("/chat/completions")
async def chat_completions(body: ChatBody, service: ThisService) -> Response:
    service.check_open()
    body.check_honoured()
    completion = completion_of(body, service)
    answers = [sample(service.sampling, completion, index) for index in range(body.n or 1)]
    head = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": body.model}
    if body.stream:
        usage = body.stream_options is not None and body.stream_options.include_usage
        return StreamingResponse(
            events(head, answers, len(completion.prompt) if usage else None), media_type="text/event-stream"
        )
    gathered = await asyncio.gather(*(whole(answer) for answer in answers))
    choices = [
        {
            "index": index,
            "message": {"role": "assistant", "content": answer.text},
            "finish_reason": answer.finish,
            "logprobs": None,
        }
        for index, answer in enumerate(gathered)
    ]
    counts = usage_of(len(completion.prompt), sum(answer.tokens for answer in gathered))
    return json_response({**head, "object": "chat.completion", "choices": choices, "usage": counts})


def completion_of(body: ChatBody, service: Service) -> Completion:
    snapshot = snapshot_of(body.model, service)
    base = snapshot.base
    prompt = prompt_of(body.messages, snapshot)
    check_tokens(prompt, base.vocab_size, base.context_length)
    room = base.context_length - len(prompt)
    asked = body.max_completion_tokens or body.max_tokens
    if room < 1 or (asked is not None and asked > room):
        raise Refusal(
            400, f"the messages take {len(prompt)} of the context of {base.context_length} tokens; shorten them"
        )
    stop, texts = split_stop(base, body.stop)
    params = SamplingParams(
        max_tokens=room if asked is None else asked,
        temperature=1.0 if body.temperature is None else body.temperature,
        top_k=body.top_k or -1,
        top_p=1.0 if body.top_p is None else body.top_p,
        seed=secrets.randbits(61) if body.seed is None else body.seed,
        stop=stop,
    )
    return Completion(snapshot, prompt, params, texts)


def snapshot_of(model: str, service: Service) -> Snapshot:
    if model.startswith("tinker://"):
        return service.samplers.snapshot(SamplerSource(model_path=model))
    if service.samplers.knows(model):
        return service.samplers.snapshot(SamplerSource(sampling_session_id=model))
    return service.samplers.snapshot(SamplerSource(base_model=model))


def prompt_of(messages: Sequence[Message], snapshot: Snapshot) -> list[int]:
    """The messages through the model's chat template, up to where the answer begins."""
    tokenizer = snapshot.base.tokenizer
    if tokenizer is None or not tokenizer.chat_template:
        raise Refusal(400, f"{snapshot.base.name} has no tokenizer with a chat template here; sample token ids instead")
    plain = [{"role": "system" if m.role == "developer" else m.role, "content": text_of(m)} for m in messages]
    try:
        text = tokenizer.apply_chat_template(plain, add_generation_prompt=True, tokenize=False)
    except (TemplateError, ValueError, TypeError) as error:
        raise Refusal(400, f"the model's chat template refuses these messages: {error}") from error
    return list(tokenizer.encode(str(text), add_special_tokens=False))


def text_of(message: Message) -> str:
    if not isinstance(message.content, list):
        return message.content or ""
    if any(part.type != "text" for part in message.content):
        raise Refusal(400, "content parts other than text are not taken here")
    return "".join(part.text or "" for part in message.content)


async def events(
    head: dict[str, object], answers: Sequence[AsyncIterator[Piece]], prompt_tokens: int | None
) -> AsyncIterator[str]:
    """Server-sent events, the answers' pieces as they come; `prompt_tokens` given, usage is told at the end."""
    chunk = {**head, "object": "chat.completion.chunk"}
    queue: asyncio.Queue[tuple[int, Piece | Exception | None]] = asyncio.Queue()
    readers = [asyncio.create_task(read_into(queue, index, answer)) for index, answer in enumerate(answers)]
    total, reading = 0, len(readers)
    try:
        for index in range(len(answers)):
            yield event({**chunk, "choices": [choice(index, {"role": "assistant", "content": ""}, None)]})
        while reading:
            index, piece = await queue.get()
            if piece is None:
                reading -= 1
            elif isinstance(piece, Exception):
                yield event(error_body(str(piece), 500))
                return
            else:
                total += piece.tokens
                if piece.text:
                    yield event({**chunk, "choices": [choice(index, {"content": piece.text}, None)]})
                if piece.finish is not None:
                    yield event({**chunk, "choices": [choice(index, {}, piece.finish)]})
        if prompt_tokens is not None:
            yield event({**chunk, "choices": [], "usage": usage_of(prompt_tokens, total)})
        yield "data: [DONE]\n\n"
    finally:
        for reader in readers:
            reader.cancel()


async def read_into(
    queue: asyncio.Queue[tuple[int, Piece | Exception | None]], index: int, answer: AsyncIterator[Piece]
) -> None:
    try:
        async for piece in answer:
            queue.put_nowait((index, piece))
        queue.put_nowait((index, None))
    except (WorkerError, Refusal) as error:
        queue.put_nowait((index, error))
    except Exception as error:
        queue.put_nowait((index, RuntimeError(f"{type(error).__name__}; see the worker's log")))
        raise


def choice(index: int, delta: dict[str, str], finish: str | None) -> dict[str, object]:
    return {"index": index, "delta": delta, "finish_reason": finish, "logprobs": None}


def event(content: object) -> str:
    return f"data: {json.dumps(content)}\n\n"


def usage_of(prompt: int, completion: int) -> dict[str, int]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def error_body(message: str, status: int) -> dict[str, object]:
    """An error as OpenAI's clients read it."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return {"error": {"message": message, "type": kind, "code": status, "param": None}}
