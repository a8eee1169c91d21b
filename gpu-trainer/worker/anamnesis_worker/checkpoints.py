"""Directories of named tensors that are either whole or not there, and that know when they have been damaged.

A checkpoint holds safetensors files and `manifest.json`: facts about the run and each file's size and SHA-256. It is
written beside its place, flushed to the disk, and renamed into it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from .types import ErrorCategory, WorkerError

FORMAT = 1
MANIFEST = "manifest.json"
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

Facts = dict[str, object]
Tensors = Mapping[str, Tensor]


def write(directory: Path, files: Mapping[str, Tensors], facts: Mapping[str, object]) -> None:
    """Writes `files` (name without ending: tensors) and `facts`; a checkpoint already there is replaced whole."""
    staging = directory.with_name(f".{directory.name}.writing")
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(staging, ignore_errors=True)  # what a killed process may have left
        staging.mkdir()
        sums: dict[str, object] = {}
        for name, tensors in files.items():
            path = staging / f"{name}.safetensors"
            save_file({key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()}, path)
            sums[path.name] = {"bytes": path.stat().st_size, "sha256": _digest(path)}
            _flush(path)
        manifest = staging / MANIFEST
        manifest.write_text(json.dumps({"format": FORMAT, **facts, "files": sums}, indent=1) + "\n")
        _flush(manifest)
        _flush(staging)
        _move_into_place(staging, directory)
    except (OSError, SafetensorError) as cause:
        shutil.rmtree(staging, ignore_errors=True)
        raise WorkerError(_why_unwritten(directory, cause), ErrorCategory.SERVER) from cause
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def read_facts(directory: Path) -> Facts:
    """The manifest alone; the files beside it are not looked at."""
    _finish_replacing(directory)
    try:
        facts = json.loads((directory / MANIFEST).read_text())
    except FileNotFoundError:
        raise WorkerError(f"{directory} holds no checkpoint ({MANIFEST} is missing)") from None
    except (OSError, ValueError) as cause:
        raise _damaged(directory, f"{MANIFEST} cannot be read: {cause}") from cause
    if not isinstance(facts, dict) or not isinstance(facts.get("files"), dict):
        raise _damaged(directory, f"{MANIFEST} lists no files")
    if facts.get("format") != FORMAT:
        raise WorkerError(f"{directory} is of format {facts.get('format')}, this worker reads {FORMAT}")
    return facts


def read(directory: Path, names: tuple[str, ...]) -> tuple[Facts, dict[str, dict[str, Tensor]]]:
    """The facts and the named files' tensors, every byte checked first."""
    facts = read_facts(directory)
    files: dict[str, dict[str, Tensor]] = {}
    for name in names:
        fault = _fault(directory, facts, f"{name}.safetensors")
        if fault is not None:
            raise _damaged(directory, fault)
        try:
            files[name] = load_file(directory / f"{name}.safetensors")
        except SafetensorError as cause:
            raise _damaged(directory, f"{name}.safetensors: {cause}") from cause
    return facts, files


def find_previous(directory: Path) -> Path | None:
    """The newest undamaged checkpoint beside this one: the highest `version`, then the latest."""
    candidates = []
    for manifest in directory.parent.glob(f"*/{MANIFEST}"):
        if manifest.parent.name != directory.name and not manifest.parent.name.startswith("."):
            try:
                facts = read_facts_quietly(manifest.parent)
                version = facts.get("version", 0)
                candidates.append(
                    (version if isinstance(version, int) else 0, manifest.stat().st_mtime_ns, manifest.parent)
                )
            except (OSError, ValueError):
                continue
    for _, _, path in sorted(candidates, reverse=True):
        facts = read_facts_quietly(path)
        listed = facts.get("files")
        if isinstance(listed, dict) and all(_fault(path, facts, str(name)) is None for name in listed):
            return path
    return None


def read_facts_quietly(directory: Path) -> Facts:
    """The manifest's content, with plain errors: for looking through directories that may hold anything."""
    facts = json.loads((directory / MANIFEST).read_text())
    if not isinstance(facts, dict):
        raise ValueError("not an object")
    return facts


def _fault(directory: Path, facts: Facts, name: str) -> str | None:
    listed = facts.get("files")
    expected = listed.get(name) if isinstance(listed, dict) else None
    if not isinstance(expected, dict):
        return f"{name} is not part of it"
    path = directory / name
    if not path.is_file():
        return f"{name} is missing"
    if path.stat().st_size != expected.get("bytes"):
        return f"{name} has {path.stat().st_size} bytes, {expected.get('bytes')} were written"
    if _digest(path) != expected.get("sha256"):
        return f"{name} does not match its SHA-256"
    return None


def _damaged(directory: Path, fault: str) -> WorkerError:
    previous = find_previous(directory)
    advice = f"load {previous} instead" if previous else "no undamaged checkpoint lies beside it"
    return WorkerError(f"checkpoint {directory} is damaged: {fault}; {advice}", ErrorCategory.SERVER)


def _why_unwritten(directory: Path, cause: Exception) -> str:
    full = isinstance(cause, OSError) and cause.errno in NO_ROOM
    reason = (
        "the disk is full" if full or "No space left" in str(cause) or "File too large" in str(cause) else str(cause)
    )
    return f"checkpoint {directory} was not written: {reason}; nothing half-written is left, earlier checkpoints stand"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _move_into_place(staging: Path, directory: Path) -> None:
    _finish_replacing(directory)
    replaced = _replaced(directory)
    shutil.rmtree(replaced, ignore_errors=True)
    if directory.exists():
        directory.rename(replaced)
    staging.rename(directory)
    _flush(directory.parent)
    shutil.rmtree(replaced, ignore_errors=True)


def _finish_replacing(directory: Path) -> None:
    """Puts the old checkpoint back where a process was killed before the new one was in place."""
    if not directory.exists():
        with suppress(FileNotFoundError):
            _replaced(directory).rename(directory)


def _replaced(directory: Path) -> Path:
    return directory.with_name(f".{directory.name}.replaced")
