"""What every handler needs of a call: the service, and the digest and size of the body for idempotency and limits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from ..service import Service


@dataclass(frozen=True)
class Call:
    service: Service
    digest: str
    size: int


async def read_call(request: Request) -> Call:
    body = await request.body()
    return Call(service_of(request), hashlib.sha256(body).hexdigest(), len(body))


def service_of(request: Request) -> Service:
    return cast(Service, request.app.state.service)


ThisCall = Annotated[Call, Depends(read_call)]
ThisService = Annotated[Service, Depends(service_of)]
