"""Where checkpoints lie: `tinker://<run>/<weights|sampler_weights>/<name>` is a directory of the same three names.

A URI is parsed into three plain words before it comes near a path, so none leads outside the state directory. Beside a
checkpoint's directory lies a small JSON with its dates; it is written last, so a checkpoint is listed when it is whole.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from .refusal import Refusal

WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
Kind = Literal["weights", "sampler_weights"]


@dataclass(frozen=True)
class CheckpointName:
    run: str
    kind: Kind
    name: str

    @property
    def uri(self) -> str:
        return f"tinker://{self.run}/{self.kind}/{self.name}"


@dataclass(frozen=True)
class CheckpointEntry:
    checkpoint: CheckpointName
    created: datetime
    expires: datetime | None
    size_bytes: int

    def on_wire(self) -> dict[str, object]:
        kind = "training" if self.checkpoint.kind == "weights" else "sampler"
        return {
            "checkpoint_id": f"{self.checkpoint.kind}/{self.checkpoint.name}",
            "checkpoint_type": kind,
            "time": self.created.isoformat(),
            "tinker_path": self.checkpoint.uri,
            "size_bytes": self.size_bytes,
            "public": False,
            **({} if self.expires is None else {"expires_at": self.expires.isoformat()}),
        }


def checkpoint_name(run: str, kind: str, name: str) -> CheckpointName:
    for word in (run, name):
        if not WORD.fullmatch(word):
            raise Refusal(
                400, f"{word!r}: a name is 1 to 128 letters, digits, '_', '-' or '.', and starts with none of '-.'"
            )
    if kind == "weights":
        return CheckpointName(run, "weights", name)
    if kind == "sampler_weights":
        return CheckpointName(run, "sampler_weights", name)
    raise Refusal(400, f"{kind!r}: a checkpoint is weights or sampler_weights")


def parse_uri(uri: str) -> CheckpointName:
    scheme, separator, rest = uri.partition("://")
    words = rest.split("/")
    if scheme != "tinker" or not separator or len(words) != 3:
        raise Refusal(
            400, f"{uri!r}: a checkpoint is written tinker://RUN/weights/NAME or tinker://RUN/sampler_weights/NAME"
        )
    return checkpoint_name(*words)


class CheckpointStore:
    def __init__(self, root: Path) -> None:
        self._root = root / "checkpoints"
        self._root.mkdir(parents=True, exist_ok=True)

    def directory(self, checkpoint: CheckpointName) -> Path:
        return self._root / checkpoint.run / checkpoint.kind / checkpoint.name

    def as_uris(self, text: str) -> str:
        """A message with this store's paths written as the URIs that the client knows."""
        return text.replace(f"{self._root}{os.sep}", "tinker://")

    def exists(self, checkpoint: CheckpointName) -> bool:
        return self._dates(checkpoint).is_file() and self.directory(checkpoint).is_dir()

    def existing(self, uri: str, kind: Kind) -> CheckpointName:
        """The checkpoint of this URI and kind, or a refusal."""
        checkpoint = parse_uri(uri)
        if checkpoint.kind != kind:
            wanted = "save_weights_for_sampler" if kind == "sampler_weights" else "save_weights"
            raise Refusal(400, f"{uri!r} is no {kind} checkpoint; give one that {wanted} made")
        if not self.exists(checkpoint):
            raise Refusal(404, f"{uri!r}: no such checkpoint here")
        return checkpoint

    def record(self, checkpoint: CheckpointName, run: Mapping[str, object], ttl_s: int | None) -> None:
        """Make a written checkpoint known, and its run."""
        write_json(self._root / checkpoint.run / "run.json", run)
        self.set_expiry(checkpoint, ttl_s)

    def set_expiry(self, checkpoint: CheckpointName, ttl_s: int | None) -> None:
        now = datetime.now(UTC)
        before = read_json(self._dates(checkpoint))
        try:
            expires = None if ttl_s is None else (now + timedelta(seconds=ttl_s)).isoformat()
        except OverflowError as error:
            raise Refusal(400, f"ttl_seconds {ttl_s} is too long; leave it out to keep the checkpoint") from error
        created = before.get("created", now.isoformat())
        write_json(self._dates(checkpoint), {"created": created, "expires": expires})

    def prepare(self, checkpoint: CheckpointName) -> Path:
        """The directory to write to; an older checkpoint of that name stays listed until the new one is recorded."""
        directory = self.directory(checkpoint)
        directory.parent.mkdir(parents=True, exist_ok=True)
        return directory

    def delete(self, checkpoint: CheckpointName) -> None:
        self._dates(checkpoint).unlink(missing_ok=True)
        shutil.rmtree(self.directory(checkpoint), ignore_errors=True)

    def run(self, run: str) -> dict[str, Any]:
        """What is known of a training run that saved something; empty when it did not."""
        if not WORD.fullmatch(run):
            raise Refusal(404, "no such training run")
        return read_json(self._root / run / "run.json")

    def runs(self) -> list[str]:
        return sorted(path.parent.name for path in self._root.glob("*/run.json"))

    def entries(self, run: str | None = None) -> list[CheckpointEntry]:
        """Checkpoints, oldest first; of one run or all."""
        if run is not None and not WORD.fullmatch(run):
            raise Refusal(404, "no such training run")
        found: list[CheckpointEntry] = []
        for dates_path in self._root.glob(f"{run or '*'}/*weights/*.dates.json"):
            name = dates_path.name.removesuffix(".dates.json")
            checkpoint = checkpoint_name(dates_path.parts[-3], dates_path.parts[-2], name)
            dates = read_json(dates_path)
            directory = self.directory(checkpoint)
            if not dates or not directory.is_dir():
                continue
            expires = dates.get("expires")
            found.append(
                CheckpointEntry(
                    checkpoint,
                    datetime.fromisoformat(dates["created"]),
                    None if expires is None else datetime.fromisoformat(expires),
                    sum(file.stat().st_size for file in directory.iterdir() if file.is_file()),
                )
            )
        return sorted(found, key=lambda entry: (entry.created, entry.checkpoint.uri))

    def delete_expired(self) -> list[str]:
        now = datetime.now(UTC)
        expired = [entry.checkpoint for entry in self.entries() if entry.expires is not None and entry.expires <= now]
        for checkpoint in expired:
            self.delete(checkpoint)
        return [checkpoint.uri for checkpoint in expired]

    def _dates(self, checkpoint: CheckpointName) -> Path:
        return self._root / checkpoint.run / checkpoint.kind / f"{checkpoint.name}.dates.json"


def read_json(path: Path) -> dict[str, Any]:
    """An object from a file, empty when there is none or it is not whole."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Replace a file by a whole one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(content))
    os.replace(draft, path)
