"""The body of a request, in time and in bounds."""

import asyncio

from aiohttp import web

from integrations.http.payloads import RefusalError
from integrations.http.section import Settings


async def body_of(request: web.Request, settings: Settings) -> bytes:
    """All of it.

    Raises:
        RefusalError: it is too long, too slow, or packed.
        web.HTTPException: it turned out to be too long.
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RefusalError(415, "bodies are taken as they are: send it without 'Content-Encoding'")
    if (request.content_length or 0) > settings.max_body:
        raise web.HTTPRequestEntityTooLarge(max_size=settings.max_body)
    try:
        async with asyncio.timeout(settings.idle):
            return await request.read()
    except TimeoutError:
        why = f"the body did not come within {settings.idle:g} s"
        raise RefusalError(408, why, Connection="close") from None


async def json_of(request: web.Request, settings: Settings, *, empty: bytes | None = None) -> bytes:
    """A body that calls itself JSON. `empty`: what one without anything in it stands for, None: it is wrong.

    A page of somebody else's cannot send that type without asking, and nobody answers such a question here.

    Raises:
        RefusalError: as above, or it is something else.
    """
    if empty is not None and not request.body_exists:
        return empty
    if request.content_type != "application/json":
        why = f"the body is {request.content_type!r:.80}; 'Content-Type: application/json' is needed"
        raise RefusalError(415, why)
    return await body_of(request, settings) or empty or b""
