"""What is answered, and to whom. Every request comes through `_guarded`, most through `_let_in`.

request --host, page, key, how often--> Caller --> handler --> JSON
"""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import uuid4

import orjson
import structlog
from aiohttp import web

from agent.api import ActionError, House, TransientError, Trust, WebhookCalled
from integrations.http.answers import answered, refused
from integrations.http.asking import Asking
from integrations.http.callers import Caller, Keys, key_in
from integrations.http.limiting import Limits
from integrations.http.names import host_in, is_foreign, is_loopback, is_ours, network_of, peer_of
from integrations.http.openapi import described
from integrations.http.payloads import Ask, Listen, RefusalError, read
from integrations.http.reading import body_of, json_of
from integrations.http.section import Settings

log = structlog.get_logger(__name__)
Handler = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]
PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
"""Headers of proxies: whoever asked is somewhere else."""
LISTENS_WITHIN = 5.0
"""Seconds after which nobody wants to be listened to any more."""
NO_KEY = "a key is needed here: 'Authorization: Bearer KEY', with one of 'api: {keys: ...}'"
WRONG_KEY = "this is no key of 'api: {keys: ...}'"


class Routes:
    """The routes, and what is behind each."""

    def __init__(self, house: House, settings: Settings) -> None:
        self._house = house
        self._settings = settings
        self._keys = Keys(settings.keys)
        limit = settings.limit
        self._limits = Limits(most=limit.most, within=limit.within, monotonic=house.clock.monotonic)
        self._asking = Asking(house, within=settings.timeout)

    def app(self) -> web.Application:
        """All of them, as aiohttp wants them."""
        app = web.Application(middlewares=[self._guarded], client_max_size=self._settings.max_body)
        router = app.router
        router.add_get("/healthz", partial(self._let_in, self._health, keyed=False))
        router.add_get("/openapi.json", partial(self._let_in, self._described, keyed=False))
        router.add_post("/v1/ask", partial(self._let_in, self._known(self._ask)))
        router.add_post("/v1/listen", partial(self._let_in, self._known(self._listen)))
        router.add_post("/v1/webhook/{id:[A-Za-z0-9_-]{1,64}}", partial(self._let_in, self._webhook))
        return app

    # who is let in --------------------------------------------------------------------------------------
    @web.middleware
    async def _guarded(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Answer a request, or refuse it in words. A fence: whoever asks is to hear of it."""
        self._house.metrics.count("http.requests")
        try:
            self._check_host(request)
            return await handler(request)
        except RefusalError as refusal:
            self._house.metrics.count("http.refused")
            return refused(refusal.status, str(refusal), refusal.headers)
        except web.HTTPException as error:
            self._house.metrics.count("http.refused")
            kept = {name: value for name, value in error.headers.items() if name == "Allow"}
            return refused(error.status, _in_words(error, request, self._settings), kept)
        except (ConnectionError, web.RequestPayloadError) as error:
            self._house.metrics.count("http.broken_off")
            return refused(400, f"the body did not come as a whole: {error}")
        except Exception:
            log.exception("request.crashed", method=request.method, path=request.path[:200])
            return refused(500, "it broke; the daemon's journal has the details")

    def _check_host(self, request: web.Request) -> None:
        """Refuse pages of others: they may have had a name of theirs resolved to us, or just call us."""
        given = request.headers.getall("Host", [])
        host = host_in(given[0]) if len(given) == 1 else None
        if host is None:
            raise RefusalError(400, "one 'Host' header is needed, as in 'Host: localhost'")
        if not is_ours(host, self._settings.hosts, beyond=self._settings.beyond):
            hint = "if that is a name of ours, add it to 'api: {hosts: ...}'"
            raise RefusalError(421, f"nobody here is called {host!r:.80}; {hint}")
        origin = request.headers.get("Origin")
        if origin is not None and is_foreign(origin, given[0]):
            raise RefusalError(403, f"pages of {origin!r:.80} may not call us")

    async def _let_in(
        self, handler: Handler, request: web.Request, *, keyed: bool = True
    ) -> web.StreamResponse:
        """Find out who asks, and whether they do so too often. `keyed`: a key would make a difference."""
        peer = peer_of(request.remote or "")
        given = key_in(request.headers.get("Authorization", "")) if keyed else None
        owner = None if given is None else self._keys.owner(given)
        wait = self._limits.take(f"address {network_of(peer)}" if owner is None else f"key {owner}")
        if wait:
            later = str(int(wait) + 1)
            raise RefusalError(429, f"that is too often; ask again in {later} s", Retry_After=later)
        if given is not None and owner is None:
            log.warning("key.refused", address=peer)
            raise RefusalError(401, WRONG_KEY, WWW_Authenticate="Bearer")
        here = is_loopback(peer) and is_loopback(host_in(request.headers["Host"]) or "")
        passed_on = any(name in request.headers for name in PASSED_ON)
        who = owner or f"somebody at {peer}"
        return await handler(request, Caller(who=who, key=owner, here=here and not passed_on))

    @staticmethod
    def _known(handler: Handler) -> Handler:
        """`handler` for those with a key, or on this machine."""

        async def checked(request: web.Request, caller: Caller) -> web.StreamResponse:
            if not caller.known:
                raise RefusalError(401, NO_KEY, WWW_Authenticate="Bearer")
            return await handler(request, caller)

        return checked

    # what is answered -----------------------------------------------------------------------------------
    async def _health(self, _request: web.Request, _caller: Caller) -> web.StreamResponse:
        try:
            level = (await self._house.ask("health", {})).get("level", "ok")
        except ActionError:
            level = "unknown"
        body = {"status": level, "broker": "connected" if self._house.connected else "away"}
        return answered(body, 503 if level == "critical" else 200)

    async def _described(self, _request: web.Request, _caller: Caller) -> web.StreamResponse:
        return answered(described())

    async def _ask(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        asked = read(Ask, await json_of(request, self._settings))
        return answered(await self._asking.ask(asked, caller))

    async def _webhook(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        body, name = await body_of(request, self._settings), request.match_info["id"]
        self._house.metrics.count("http.webhooks")
        self._house.emit(
            WebhookCalled(
                at=self._house.clock.now(),
                id=name,
                body=body,
                query=dict(request.query.items()),
                trust=Trust.HOSTILE if caller.key is None else caller.trust,
            )
        )
        return answered({"id": name, "status": "accepted"}, 202)

    async def _listen(self, request: web.Request, _caller: Caller) -> web.StreamResponse:
        wish = read(Listen, await json_of(request, self._settings, empty=b"{}"))
        try:
            state = (await self._house.ask("voice", {}))["state"]
        except ActionError:
            raise RefusalError(503, "there is no voice here: 'voice:' does not run") from None
        if state == "off":
            raise RefusalError(503, "there is no microphone now: 'hearthd doctor' tells why", Retry_After="5")
        try:
            number = wish.id or uuid4().hex[:16]
            body = orjson.dumps({"id": number, "area": wish.area or None})
            self._house.command(self._house.topics("voice/listen"), body, qos=1, ttl=LISTENS_WITHIN)
        except TransientError as error:
            raise RefusalError(503, str(error), Retry_After="5") from None
        return answered({"id": number, "status": "sent"}, 202)


def _in_words(error: web.HTTPException, request: web.Request, settings: Settings) -> str:
    match error.status:
        case 404:
            return f"there is nothing at {request.path!r:.80}; /openapi.json tells what there is"
        case 405:
            return f"{request.method:.20} is not answered here, {error.headers.get('Allow', 'nothing')} is"
        case 413:
            return f"the body is too long: {settings.max_body} bytes are taken at most"
    return error.reason
