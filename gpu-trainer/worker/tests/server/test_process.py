"""The process: what it prints, how it stops, and what its command refuses."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from anamnesis_worker.server.command import main

from .wire_client import create_model, datum, forward_backward, optim_step, poll, post, prompt, session
from .worker_process import running_worker


def test_a_config_alone_gives_random_weights(tmp_path: Path) -> None:
    settings = {
        "model_type": "qwen2",
        "vocab_size": 64,
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 64,
    }
    config = tmp_path / "random.json"
    config.write_text(json.dumps(settings))
    from .worker_here import worker_here

    with worker_here(config, tmp_path) as client:
        create_model(client, session(client))
        refused = client.post(
            "/v1/chat/completions", json={"model": "tiny", "messages": [{"role": "user", "content": "x"}]}
        )
        assert "no tokenizer" in refused.json()["error"]["message"]


def test_a_small_model_is_made_from_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = tmp_path / "texts.txt"
    corpus.write_text("I have a cough.\nDo you smoke?\n")
    sizes = ["--hidden", "16", "--layers", "1", "--heads", "2", "--context", "32"]
    assert main(["make-model", str(tmp_path / "made"), "--corpus", str(corpus), *sizes]) == 0
    assert "million parameters" in capsys.readouterr().out
    assert (tmp_path / "made" / "tokenizer.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["serve", "--model", "no-such-directory"], "neither a model directory"),
        (["serve", "--model", "m", "--token-file", "no-such-file"], "no-such-file"),
        (["make-model", "m", "--corpus", "no-such-file"], "no-such-file"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert words in error


def test_two_processes_answer_as_one_and_finish_what_they_accepted(tiny_model: Path, tmp_path: Path) -> None:
    """As under torchrun: both hold the model, the client sees one worker; told to stop (here by the end of its stdin,

    as when the one who started it dies), it answers what it took on.
    """
    with (
        running_worker(tiny_model, tmp_path, "--until-stdin-ends", processes=2) as started,
        httpx.Client(base_url=started.url, timeout=60) as client,
    ):
        opened = session(client)
        model = create_model(client, opened)
        post(client, "forward_backward", forward_backward(model, 1, [5, 6, 7]))
        assert poll(client, post(client, "optim_step", optim_step(model, 2)))["version"] == 1
        saved = poll(client, post(client, "save_weights_for_sampler", {"model_id": model, "seq_id": 3, "path": "p"}))
        sampled = poll(client, post(client, "asample", {**prompt([5, 6]), "model_path": saved["path"]}))
        assert sampled["version"] == 1

        body = {"loss_fn": "cross_entropy", "data": [datum([5] * 200) for _ in range(20)]}
        accepted = [
            post(client, "forward_backward", {"model_id": model, "seq_id": number, "forward_backward_input": body})
            for number in (4, 5)
        ]
        assert started.process.stdin is not None
        started.process.stdin.close()
        while client.post("/api/v1/create_session", json={}).status_code != 503:
            pass
        assert all("metrics" in poll(client, promise) for promise in accepted)
        assert started.process.wait(30) == 0


def test_an_engine_that_is_not_offered_yet_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--model", "m", "--engine", "vllm"])
    assert "invalid choice: 'vllm'" in capsys.readouterr().err
