"""Named checkpoints: where they lie, what is told of them, and how they go wrong."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anamnesis_worker.server.checkpoint_store import CheckpointStore, checkpoint_name, parse_uri
from anamnesis_worker.server.refusal import Refusal

from .wire_client import Json, create_model, forward_backward, optim_step, poll, post, session
from .worker_here import worker_here

TOKENS = [5, 6, 7]


@given(st.text())
def test_no_uri_leads_out_of_the_store(text: str) -> None:
    root = Path("/state")
    for uri in (text, f"tinker://{text}", f"tinker://m/weights/{text}", f"tinker://{text}/weights/a"):
        try:
            checkpoint = parse_uri(uri)
        except Refusal:
            continue
        path = root / checkpoint.run / checkpoint.kind / checkpoint.name
        assert path.resolve() == path
        assert checkpoint.uri == uri


@pytest.mark.parametrize("name", ["..", ".", ".hidden", "a/b", "a\\b", "", "a\x00", "-rf", "x" * 129, "é", "a\n"])
def test_names_that_are_no_plain_words_are_refused(name: str) -> None:
    with pytest.raises(Refusal):
        checkpoint_name("m", "weights", name)


def save(client: httpx.Client, model: str, number: int, name: str, **more: object) -> Json:
    body = {"model_id": model, "seq_id": number, "path": name, **more}
    return poll(client, post(client, "save_weights", body))


def test_what_is_told_of_a_checkpoint(client: httpx.Client) -> None:
    model = create_model(client, session(client))
    path = save(client, model, 1, "first", ttl_seconds=3600)["path"]
    assert path == f"tinker://{model}/weights/first"
    assert post(client, "weights_info", {"tinker_path": path}) == {
        "base_model": "tiny",
        "is_lora": True,
        "lora_rank": 2,
        "train_mlp": True,
        "train_attn": True,
        "train_unembed": True,
    }
    [entry] = client.get(f"/api/v1/training_runs/{model}/checkpoints").json()["checkpoints"]
    assert entry["tinker_path"] == path
    assert entry["size_bytes"] > 0
    assert entry["expires_at"] > entry["time"]
    assert client.get("/api/v1/checkpoints").json()["cursor"]["total_count"] >= 1
    run = client.get(f"/api/v1/training_runs/{model}").json()
    assert run["last_checkpoint"]["tinker_path"] == path
    assert client.delete(f"/api/v1/training_runs/{model}/checkpoints/weights/first").status_code == 204
    assert client.post("/api/v1/weights_info", json={"tinker_path": path}).status_code == 404


def test_a_name_is_given_once_unless_overwritten(client: httpx.Client) -> None:
    model = create_model(client, session(client))
    save(client, model, 1, "again")
    assert "save with overwrite" in save(client, model, 2, "again")["error"]
    post(client, "forward_backward", forward_backward(model, 3, TOKENS))
    post(client, "optim_step", optim_step(model, 4))
    assert save(client, model, 5, "again", overwrite=True)["version"] == 1


def test_an_expired_checkpoint_is_deleted(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    kept, expired = checkpoint_name("m", "weights", "kept"), checkpoint_name("m", "weights", "gone")
    for checkpoint, ttl in ((kept, 3600), (expired, -1)):
        store.prepare(checkpoint).mkdir()
        store.record(checkpoint, {"base_model": "tiny"}, ttl)
    assert store.delete_expired() == [expired.uri]
    assert [entry.checkpoint for entry in store.entries()] == [kept]
    assert not store.directory(expired).exists()


def test_a_damaged_checkpoint_is_detected_and_the_one_before_offered(tiny_model: Path, tmp_path: Path) -> None:
    with worker_here(tiny_model, tmp_path) as client:
        model = create_model(client, session(client))
        good = save(client, model, 1, "step-1")["path"]
        bad = save(client, model, 2, "step-2")["path"]
        file = tmp_path / "checkpoints" / model / "weights" / "step-2" / "model.safetensors"
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
        failed = poll(
            client, post(client, "load_weights", {"model_id": model, "seq_id": 3, "path": bad, "optimizer": True})
        )
        assert f"checkpoint {bad} is damaged" in failed["error"]
        assert f"load {good} instead" in failed["error"]


def test_a_checkpoint_outlives_its_worker(tiny_model: Path, tmp_path: Path) -> None:
    with worker_here(tiny_model, tmp_path) as client:
        model = create_model(client, session(client))
        post(client, "forward_backward", forward_backward(model, 1, TOKENS))
        post(client, "optim_step", optim_step(model, 2))
        path = save(client, model, 3, "last")["path"]
    with worker_here(tiny_model, tmp_path) as client:
        again = create_model(client, session(client))
        loaded = post(client, "load_weights", {"model_id": again, "seq_id": 1, "path": path, "optimizer": True})
        assert poll(client, loaded) == {"type": "load_weights", "version": 1}
        assert client.get(f"/api/v1/training_runs/{model}").json()["base_model"] == "tiny"
