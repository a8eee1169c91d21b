"""Who gets in, and with what kind of body."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx
import pytest

from anamnesis_worker.server.limits import Limits

from .worker_here import worker_here
from .worker_process import command, environment

TOKEN = "tml-a-long-token"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"x-api-key": TOKEN}, 200),
        ({"authorization": f"Bearer {TOKEN}"}, 200),
        ({"x-api-key": "tml-another"}, 401),
        ({"x-api-key": ""}, 401),
        ({}, 401),
        ({"x-api-key": TOKEN, "host": "worker.example.org"}, 200),
    ],
)
def test_a_token_opens_the_worker(tiny_model: Path, tmp_path: Path, headers: dict[str, str], status: int) -> None:
    with worker_here(tiny_model, tmp_path, token=TOKEN) as client:
        assert client.post("/api/v1/client/config", json={}, headers=headers).status_code == status
        assert client.get("/v1/models", headers=headers).status_code == status
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1:80", "localhost", "[::1]:5"])
def test_without_a_token_local_names_are_answered(client: httpx.Client, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["attacker.example:80", "127.0.0.1.example.org", ""])
def test_without_a_token_other_names_are_refused(client: httpx.Client, host: str) -> None:
    """A web page that gives this address a name of its own gets nothing."""
    response = client.get("/v1/models", headers={"host": host})
    assert response.status_code in (400, 403)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream"])
def test_bodies_are_json(client: httpx.Client, kind: str) -> None:
    response = client.post("/api/v1/create_session", content=b"{}", headers={"content-type": kind})
    assert response.status_code == 415


def test_protobuf_is_refused_with_advice(client: httpx.Client) -> None:
    headers = {"content-type": "application/x-protobuf"}
    response = client.post("/api/v1/forward_backward", content=b"\x0a\x01m", headers=headers)
    assert response.status_code == 415
    assert "0.24.1" in response.json()["detail"]


def test_compressed_bodies_are_refused(client: httpx.Client) -> None:
    headers = {"content-type": "application/json", "content-encoding": "zstd"}
    assert client.post("/api/v1/create_session", content=b"(\xb5/\xfd", headers=headers).status_code == 415


@pytest.mark.parametrize("streamed", [False, True])
def test_bodies_have_a_limit(tiny_model: Path, tmp_path: Path, streamed: bool) -> None:
    body = b'{"session_id": "' + b"x" * 2000 + b'"}'
    content = (part for part in (body[:1000], body[1000:])) if streamed else body
    with worker_here(tiny_model, tmp_path, Limits(body_bytes=1000)) as client:
        sent = client.post("/api/v1/session_heartbeat", content=content, headers={"content-type": "application/json"})
        assert sent.status_code == 413


def test_outside_of_loopback_a_token_is_needed(tiny_model: Path, tmp_path: Path) -> None:
    arguments = command("serve", "--model", str(tiny_model), "--state", str(tmp_path), "--host", "0.0.0.0")
    refused = subprocess.run(arguments, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1
    assert "give a token" in refused.stderr
    assert refused.stdout == ""
