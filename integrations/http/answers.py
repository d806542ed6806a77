"""Answers as they go out: JSON, kept by nobody, taken for nothing else."""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Server": "hearthd"}


def answered(
    body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] = HEADERS
) -> web.Response:
    """`body` as an answer."""
    return web.Response(
        body=orjson.dumps(body, default=list),
        status=status,
        headers={**HEADERS, **headers},
        content_type="application/json",
    )


def refused(status: int, why: str, headers: Mapping[str, str] = HEADERS) -> web.Response:
    """A no, in words."""
    return answered({"error": why}, status, headers)
