"""Many short dialogues on one thread: a policy over symbols that samples one token a turn, and its training step.

Sampling is timed in process and over HTTP, turn by turn for all dialogues at once, and set beside the least that it
could cost: one plain forward pass over the finished dialogues. A training step (`forward_backward` over all of them) is
timed in process and over HTTP and set beside PyTorch's forward and backward on the same rectangle. Rounds alternate and
each gives ratios; the figures are medians.

Seconds are those of the processor, of the process that does the work, so that a busy machine does not count. What the
client needs to write requests and to read answers is its own affair and is left out; `wall` is what it waited for.

    python bench/short_dialogues.py
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psutil
import torch
from torch import Tensor

from anamnesis_worker.models import load_causal_lm
from anamnesis_worker.sampler import Sampler
from anamnesis_worker.server.heap import set_aside
from anamnesis_worker.small_models import make_small_model
from anamnesis_worker.trainer import TrainingModel
from anamnesis_worker.types import Datum, ModelSource, SampleRequest, SamplingParams

PART = 512
"""Prompts in one call of `asample_batch`, as the TypeScript client sends them; the parts of a turn go out together."""
Json = dict[str, Any]


class Meter:
    """Seconds of the processor that this process, or another, has used between `start` and `stop`."""

    def __init__(self, pid: int | None = None) -> None:
        self._process = psutil.Process(pid)
        self.processor = self.wall = 0.0

    def _now(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)

    @contextmanager
    def running(self) -> Iterator[None]:
        processor, wall = self._now(), time.perf_counter()
        yield
        self.processor += self._now() - processor
        self.wall += time.perf_counter() - wall


class Client:
    """The wire by hand; only what goes over it is metered."""

    def __init__(self, url: str, meter: Meter) -> None:
        self.meter = meter
        address = urlsplit(url)
        assert address.hostname is not None
        self._connections = [http.client.HTTPConnection(address.hostname, address.port) for _ in range(8)]
        self._pool = ThreadPoolExecutor(len(self._connections))
        self.session = self.post("create_session", {"tags": []})["session_id"]

    def post(self, route: str, body: Json) -> Json:
        answer: Json = json.loads(self._exchange(self._connections[0], route, json.dumps(body).encode()))
        return answer

    def result(self, route: str, body: Json) -> Json:
        return self.results(route, [body])[0]

    def results(self, route: str, bodies: list[Json]) -> list[Json]:
        """Submits all at once, and polls each."""
        sent = [json.dumps(body).encode() for body in bodies]
        with self.meter.running():
            answers = list(self._pool.map(self._finish, self._connections, [route] * len(sent), sent))
        return [json.loads(answer) for answer in answers]

    def _finish(self, connection: http.client.HTTPConnection, route: str, body: bytes) -> bytes:
        request_id = json.loads(self._exchange(connection, route, body))["request_id"]
        return self._exchange(connection, "retrieve_future", json.dumps({"request_id": request_id}).encode())

    def _exchange(self, connection: http.client.HTTPConnection, route: str, body: bytes) -> bytes:
        connection.request("POST", f"/api/v1/{route}", body, {"content-type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
        assert response.status == 200, answer
        return answer


class Dialogues:
    """Openings, and what is answered at every turn; each round draws others, so that no cache knows them."""

    def __init__(self, options: argparse.Namespace, seed: int) -> None:
        chance = np.random.default_rng([options.seed, seed])
        self.seed = seed
        self.prompts: list[list[int]] = chance.integers(
            7, options.vocabulary, (options.dialogues, options.opening)
        ).tolist()
        self._answers = chance.integers(7, options.vocabulary, (options.turns, options.dialogues)).tolist()

    def turns(self) -> Iterator[Callable[[list[int]], None]]:
        """For every turn, what takes the tokens that were sampled."""
        for answers in self._answers:

            def go_on(sampled: list[int], answers: list[int] = answers) -> None:
                for prompt, token, answer in zip(self.prompts, sampled, answers, strict=True):
                    prompt += [token, answer]

            yield go_on

    def weights(self) -> list[list[float]]:
        """As a policy gradient sends them: something where a token was sampled, nothing elsewhere."""
        chance = np.random.default_rng(self.seed)
        rows = chance.normal(size=(len(self.prompts), len(self.prompts[0]) - 1))
        rows[:, 1::2] = 0
        return [row.tolist() for row in rows.astype(np.float32)]


def sample_in_process(sampler: Sampler, dialogues: Dialogues, meter: Meter) -> None:
    sampler.load(sampler.weights(), sampler.version + 1)
    for turn, go_on in enumerate(dialogues.turns()):
        requests = [
            SampleRequest(list(prompt), SamplingParams(1, seed=turn, stop=((2,),)), cache_key=str(index))
            for index, prompt in enumerate(dialogues.prompts)
        ]
        with meter.running():
            results = sampler.sample(requests)
        go_on([result.sequences[0].tokens[0] for result in results])


def sample_over_http(client: Client, model_id: str, dialogues: Dialogues) -> None:
    opened = client.result(
        "save_weights_for_sampler", {"model_id": model_id, "sampling_session_seq_id": dialogues.seed}
    )
    for turn, go_on in enumerate(dialogues.turns()):
        requests = [
            {
                "prompt": {"chunks": [{"type": "encoded_text", "tokens": prompt}]},
                "num_samples": 1,
                "sampling_params": {"max_tokens": 1, "temperature": 1, "top_k": -1, "top_p": 1, "seed": turn},
                "cache_key": str(index),
            }
            for index, prompt in enumerate(dialogues.prompts)
        ]
        parts = [
            {"sampling_session_id": opened["sampling_session_id"], "requests": requests[at : at + PART]}
            for at in range(0, len(requests), PART)
        ]
        answers = client.results("asample_batch", parts)
        go_on([each["sequences"][0]["tokens"][0] for answer in answers for each in answer["responses"]])


def data_on_wire(dialogues: Dialogues) -> list[Json]:
    return [
        {
            "model_input": {"chunks": [{"type": "encoded_text", "tokens": tokens[:-1]}]},
            "loss_fn_inputs": {
                "target_tokens": {"data": tokens[1:], "dtype": "int64", "shape": [len(tokens) - 1]},
                "weights": {"data": weights, "dtype": "float32", "shape": [len(weights)]},
            },
        }
        for tokens, weights in zip(dialogues.prompts, dialogues.weights(), strict=True)
    ]


def data_in_process(dialogues: Dialogues) -> list[Datum]:
    return [
        Datum(np.array(tokens[:-1]), {"target_tokens": np.array(tokens[1:]), "weights": np.array(weights)})
        for tokens, weights in zip(dialogues.prompts, dialogues.weights(), strict=True)
    ]


def bare_step(model: torch.nn.Module, dialogues: Dialogues) -> Callable[[], None]:
    tokens, weights = torch.tensor(dialogues.prompts), torch.tensor(dialogues.weights())

    def step() -> None:
        logits: Tensor = model(input_ids=tokens[:, :-1], use_cache=False).logits
        logprobs = logits.gather(-1, tokens[:, 1:, None]).squeeze(-1) - logits.logsumexp(-1)
        (-weights * logprobs).sum().backward()

    return step


def bare_forward(model: torch.nn.Module, dialogues: Dialogues) -> None:
    with torch.inference_mode():
        model(input_ids=torch.tensor(dialogues.prompts), use_cache=False)


@contextmanager
def worker(directory: Path, state: Path) -> Iterator[tuple[str, int]]:
    """The address and the process of a worker with one thread."""
    command = [sys.executable, "-m", "anamnesis_worker", "serve", "--threads", "1", "--model", str(directory)]
    process = subprocess.Popen(
        [*command, "--name", "symbols", "--state", str(state), "--until-stdin-ends"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["url"], process.pid
    finally:
        process.terminate()
        process.wait(60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dialogues", type=int, default=1024)
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--opening", type=int, default=4, help="tokens that a dialogue begins with")
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--vocabulary", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="a file for the figures")
    options = parser.parse_args()
    torch.set_num_threads(1)

    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch) / "symbols"
        corpus = [" ".join(f"s{index}" for index in range(options.vocabulary - 7))]
        parameters = make_small_model(
            directory, kind="symbols", corpus=corpus, hidden=options.hidden, layers=options.layers, context=64
        )
        with worker(directory, Path(scratch) / "state") as (url, pid):
            rounds = list(measured(options, directory, url, pid))[1:]

    def middle(value: Callable[[dict[str, Meter]], float]) -> float:
        return round(statistics.median(value(timed) for timed in rounds), 3)

    def seconds(name: str) -> dict[str, float]:
        return {"processor": middle(lambda t: t[name].processor), "wall": middle(lambda t: t[name].wall)}

    def ratio(one: str, other: str) -> float:
        return middle(lambda t: t[one].processor / t[other].processor)

    figures = {
        "dialogues_per_second": {
            "in_process": round(options.dialogues / middle(lambda t: t["sample"].processor)),
            "over_http": round(options.dialogues / middle(lambda t: t["sample_http"].processor)),
        },
        "ratios": {
            "sampling_to_one_forward_pass": ratio("sample", "bare_forward"),
            "sampling_over_http_to_in_process": ratio("sample_http", "sample"),
            "training_to_bare_pytorch": ratio("train", "bare_train"),
            "training_over_http_to_in_process": ratio("train_http", "train"),
        },
        "seconds": {name: seconds(name) for name in rounds[0]},
        "parameters": parameters,
        "settings": {name: value for name, value in vars(options).items() if name != "output"},
        "torch": torch.__version__,
        "processor": platform.processor() or platform.machine(),
    }
    print(json.dumps(figures, indent=2))
    if options.output is not None:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(figures, indent=2) + "\n")


def measured(options: argparse.Namespace, directory: Path, url: str, pid: int) -> Iterator[dict[str, Meter]]:
    """Every round's meters, by what was done; the first round warms up."""
    source = ModelSource(str(directory))
    sampler, trainer, bare = Sampler(source), TrainingModel(source, None), load_causal_lm(source)
    set_aside()  # as the worker does when a model is loaded
    client = Client(url, Meter(pid))
    model = {"session_id": client.session, "model_seq_id": 0, "base_model": "symbols"}
    model_id = client.result("create_model", model)["model_id"]
    for number in range(options.rounds + 1):
        timed = {name: Meter() for name in ("sample", "bare_forward", "train", "bare_train")}
        timed |= {name: Meter(pid) for name in ("sample_http", "train_http")}
        dialogues = Dialogues(options, 2 * number)
        sample_in_process(sampler, dialogues, timed["sample"])
        with timed["bare_forward"].running():
            bare_forward(bare, dialogues)
        client.meter = timed["sample_http"]
        sample_over_http(client, model_id, Dialogues(options, 2 * number + 1))
        data, step = data_in_process(dialogues), bare_step(bare, dialogues)
        with timed["train"].running():
            trainer.forward_backward(data, "cross_entropy", {})
        with timed["bare_train"].running():
            step()
        client.meter = timed["train_http"]
        body = {"data": data_on_wire(dialogues), "loss_fn": "cross_entropy"}
        client.result("forward_backward", {"model_id": model_id, "forward_backward_input": body})
        yield timed


if __name__ == "__main__":
    main()
