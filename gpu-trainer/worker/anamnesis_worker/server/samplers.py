"""Sampling sessions, and whose weights a sample request means."""

from __future__ import annotations

import secrets
import weakref
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from torch import Tensor

from .. import checkpoints
from .catalogue import BaseModel, Catalogue
from .checkpoint_store import CheckpointStore
from .refusal import Refusal
from .sessions import Session, Sessions
from .snapshots import Snapshot
from .wire import SamplerSource


@dataclass(frozen=True)
class SamplingSession:
    """Pinned to one snapshot: what the model learns later does not reach it."""

    id: str
    session: Session
    snapshot: Snapshot
    model_path: str | None


class Samplers:
    def __init__(self, sessions: Sessions, catalogue: Catalogue, store: CheckpointStore, keep: int) -> None:
        self._sessions = sessions
        self._catalogue = catalogue
        self._store = store
        self._keep = keep
        self._open: dict[str, SamplingSession] = {}
        self._bases: dict[str, Snapshot] = {}
        self._named: weakref.WeakValueDictionary[tuple[str, str], Snapshot] = weakref.WeakValueDictionary()
        self._unnamed: dict[str, deque[Snapshot]] = defaultdict(deque)

    def open(self, session: Session, snapshot: Snapshot, model_path: str | None = None) -> SamplingSession:
        opened = SamplingSession(f"ss-{secrets.token_hex(8)}", session, snapshot, model_path)
        self._open[opened.id] = opened
        session.sampler_ids.append(opened.id)
        session.closers.append(partial(self._close, opened.id))
        return opened

    def _close(self, sampling_session_id: str) -> None:
        self._open.pop(sampling_session_id, None)

    def get(self, sampling_session_id: str) -> SamplingSession:
        found = self._open.get(sampling_session_id)
        if found is None:
            raise Refusal(
                404, "no such sampling session: its session expired, or the worker was restarted; make a new one"
            )
        return found

    def knows(self, sampling_session_id: str) -> bool:
        return sampling_session_id in self._open

    def snapshot(self, source: SamplerSource) -> Snapshot:
        """The weights that a request names, by exactly one of its three ways."""
        given = [source.sampling_session_id, source.base_model, source.model_path]
        if sum(way is not None for way in given) != 1:
            raise Refusal(400, "give one of sampling_session_id, base_model and model_path")
        if source.sampling_session_id is not None:
            found = self.get(source.sampling_session_id)
            self._sessions.get(found.session.id)  # a sign of life
            return found.snapshot
        return self.base(source.base_model) if source.base_model is not None else self.named(source.model_path or "")

    def base(self, name: str) -> Snapshot:
        base = self._catalogue.get(name)
        return self._bases.setdefault(name, Snapshot(base, f"base:{name}", 0, None))

    def named(self, uri: str) -> Snapshot:
        """The weights of a checkpoint; read when they are needed first."""
        checkpoint = self._store.existing(uri, "sampler_weights")
        base = self._catalogue.get(str(self._store.run(checkpoint.run).get("base_model")))
        directory = self._store.directory(checkpoint)
        facts = checkpoints.read_facts(directory)
        version = facts.get("version")

        def read() -> Mapping[str, Tensor]:
            return checkpoints.read(directory, ("model",))[1]["model"]

        made = Snapshot(base, checkpoint.run, version if isinstance(version, int) else 0, read)
        # A name may be deleted and given again: its digest tells the two apart.
        return self._named.setdefault((uri, str(facts["files"])), made)

    def keep(self, base: BaseModel, model_id: str, version: int, state: Mapping[str, Tensor]) -> Snapshot:
        """A copy of a model's weights without a name; the model's oldest makes room for it."""
        snapshot = Snapshot(base, model_id, version, lambda: state)
        kept = self._unnamed[model_id]
        kept.append(snapshot)
        while len(kept) > self._keep:
            kept.popleft().drop()
        return snapshot

    def forget(self, model_id: str) -> None:
        """The model was unloaded; sampling sessions made of it keep their weights until their own session ends."""
        self._unnamed.pop(model_id, None)
