"""Clients and their signs of life. A session that has been silent too long is closed, with all that hangs on it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .refusal import Refusal


@dataclass
class Session:
    id: str
    seen: float
    closers: list[Callable[[], None]] = field(default_factory=list)
    """Called when the session closes: unload a model, forget a sampling session."""
    model_ids: list[str] = field(default_factory=list)
    sampler_ids: list[str] = field(default_factory=list)


class Sessions:
    def __init__(self, silence_s: float, limit: int) -> None:
        self._silence_s = silence_s
        self._limit = limit
        self._sessions: dict[str, Session] = {}

    def open(self) -> Session:
        if len(self._sessions) >= self._limit:
            raise Refusal(429, f"{self._limit} sessions are open; close one, or wait until a silent one expires")
        session = Session(f"s-{secrets.token_hex(8)}", time.monotonic())
        self._sessions[session.id] = session
        return session

    def get(self, session_id: str) -> Session:
        """The session, which has just shown a sign of life."""
        session = self._sessions.get(session_id)
        if session is None:
            raise Refusal(404, "no such session: it expired, or the worker was restarted; create a new one")
        session.seen = time.monotonic()
        return session

    def touch(self, session_id: str | None) -> None:
        """Note a sign of life, if the session still lives."""
        session = self._sessions.get(session_id or "")
        if session is not None:
            session.seen = time.monotonic()

    def ids(self) -> list[str]:
        return list(self._sessions)

    def close_silent(self) -> list[str]:
        now = time.monotonic()
        silent = [s for s in self._sessions.values() if now - s.seen > self._silence_s]
        for session in silent:
            del self._sessions[session.id]
            for close in session.closers:
                close()
        return [session.id for session in silent]
