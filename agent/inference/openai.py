"""A model behind any server with OpenAI's interface: llama.cpp, Ollama, vLLM, LocalAI, or OpenAI itself."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from pydantic import SecretStr

from agent.errors import ConfigError, TransientError
from agent.inference.breaker import Breaker
from agent.inference.http import Response, post
from agent.inference.runner import Generated, Health, Limits, OnText, Prompt
from agent.runtime.clock import Clock

DELAYS = (0.2, 1.0)
"""Pauses before asking again where that may help."""
MAY_PASS = {408, 425, 429, 500, 502, 503, 504}
REFUSED = {401: "refuses our key", 403: "refuses our key", 404: "does not know this address or model"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where a model is, and what it is called there."""

    url: str
    """Up to and with `/v1`."""
    model: str
    api_key: SecretStr | None = None
    timeout: float = 30.0
    """Seconds that one attempt may take, whatever the deadline of the request."""
    logprobs: bool = False
    """Whether it is asked how likely its answers are; some refuse a request that asks."""


class _PassingError(Exception):
    """Asking again may help."""

    def __init__(self, reason: str, *, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


class _StrangeError(Exception):
    """That is not the interface we know."""


class OpenAi:
    """A runner: see agent.inference.runner."""

    def __init__(self, name: str, server: Server, *, clock: Clock) -> None:
        self.name = name
        self._server = server
        self._clock = clock
        self._breaker = Breaker(name, clock=clock)
        self._broken = ""
        self._answered = self._failed = 0
        self._closed = False

    async def generate(self, prompt: Prompt, limits: Limits, on_text: OnText | None = None) -> Generated:
        """Have the server's model answer `prompt`: see Runner."""
        if self._closed:
            raise TransientError(f"{self.name} is being closed")
        self._breaker.enter()
        try:
            async with asyncio.timeout(limits.deadline):
                found = await self._asked(prompt, limits, on_text)
        except TimeoutError:
            reason = f"{self.name} gave no answer within {round(limits.deadline, 1):g} s"
            self._note(reason)
            raise TransientError(reason) from None
        except (TransientError, ConfigError) as error:
            self._note(str(error), broken=isinstance(error, ConfigError))
            raise
        self._answered += 1
        self._broken = ""
        self._breaker.succeeded()
        return found

    def health(self) -> Health:
        """How it is, as far as the last request showed."""
        state: Literal["broken", "down", "ready", "idle"] = "ready" if self._answered else "idle"
        if self._broken or self._breaker.tripped:
            state = "broken" if self._broken else "down"
        return Health(
            name=self.name,
            state=state,
            reason=self._broken or self._breaker.reason,
            answered=self._answered,
            failed=self._failed,
        )

    async def close(self) -> None:
        """Ask no more."""
        self._closed = True

    def _note(self, reason: str, *, broken: bool = False) -> None:
        self._failed += 1
        self._broken = reason if broken else ""
        self._breaker.failed(reason)

    async def _asked(self, prompt: Prompt, limits: Limits, on_text: OnText | None) -> Generated:
        said = _Said(self._clock, on_text)
        body = orjson.dumps(self._request(prompt, limits, stream=on_text is not None))
        for delay in (*DELAYS, None):
            try:
                async with asyncio.timeout(self._server.timeout) as attempt:
                    await self._attempt(body, said)
            except TimeoutError:
                if not attempt.expired():
                    raise
                raise TransientError(
                    f"{self.name} gave no answer within {self._server.timeout:g} s"
                ) from None
            except _PassingError as error:
                if delay is None or said.pieces:
                    raise TransientError(str(error)) from None
                await self._clock.sleep(max(delay, error.after))
            else:
                break
        return said.generated(self.name)

    async def _attempt(self, body: bytes, said: "_Said") -> None:
        key = self._server.api_key
        headers = {} if key is None else {"Authorization": f"Bearer {key.get_secret_value()}"}
        try:
            async with post(f"{self._server.url.rstrip('/')}/chat/completions", body, headers) as response:
                if not response.good:
                    raise await self._refusal(response)
                if "event-stream" in response.headers.get("content-type", ""):
                    await self._streamed(response, said)
                else:
                    said.whole(_parsed(await response.body()))
        except TransientError as error:
            raise _PassingError(f"{self.name}: {error}") from None
        except (_StrangeError, KeyError, IndexError, TypeError, AttributeError):
            raise TransientError(f"{self.name} answered something that is not OpenAI's interface") from None

    async def _streamed(self, response: Response, said: "_Said") -> None:
        async for line in response.lines():
            if not line.startswith(b"data:"):
                continue
            event = line.removeprefix(b"data:").strip()
            if event == b"[DONE]":
                return
            said.piece(_parsed(event))
        raise TransientError("the answer is cut off")

    async def _refusal(self, response: Response) -> Exception:
        told = self._without_key(_message(await response.body()))
        if response.status in MAY_PASS:
            after = response.headers.get("retry-after", "")
            return _PassingError(
                f"{self.name} answers {response.status}{told}", after=float(after) if after.isdecimal() else 0
            )
        why = REFUSED.get(response.status, f"answers {response.status}")
        return ConfigError(f"{self.name} {why}{told}")

    def _without_key(self, told: str) -> str:
        key = self._server.api_key
        return told if key is None else told.replace(key.get_secret_value(), "***")

    def _request(self, prompt: Prompt, limits: Limits, *, stream: bool) -> Mapping[str, Any]:
        system = [{"role": "system", "content": prompt.system}] if prompt.system else []
        said = prompt.said.encode(errors="replace").decode()
        request: dict[str, Any] = {
            "model": self._server.model,
            "messages": [*system, {"role": "user", "content": said}],
            "max_tokens": limits.max_tokens,
            "temperature": limits.temperature,
            "stream": stream,
        }
        asked = {"logprobs": True} if self._server.logprobs else {}
        return {**request, **asked, "stop": list(limits.stop)} if limits.stop else {**request, **asked}


class _Said:
    """What has come of an answer."""

    def __init__(self, clock: Clock, on_text: OnText | None) -> None:
        self.pieces: list[str] = []
        self._clock = clock
        self._on_text = on_text
        self._began = clock.monotonic()
        self._first: float | None = None
        self._tokens: int | None = None
        self._logprobs: list[float] = []
        self._ended: Literal["stop", "length"] = "stop"

    def whole(self, answer: Any) -> None:
        """All of it at once."""
        self._add(answer["choices"][0]["message"]["content"], answer)

    def piece(self, event: Any) -> None:
        """A part of it."""
        if "error" in event:
            raise TransientError("the server broke off in the middle of its answer")
        if event.get("choices"):
            self._add(event["choices"][0].get("delta", {}).get("content"), event)

    def generated(self, model: str) -> Generated:
        """All that was said."""
        return Generated(
            text="".join(self.pieces),
            model=model,
            ended=self._ended,
            tokens=len(self.pieces) if self._tokens is None else self._tokens,
            first_token_ms=None if self._first is None else (self._first - self._began) * 1e3,
            ms=(self._clock.monotonic() - self._began) * 1e3,
            logprobs=tuple(self._logprobs) or None,
        )

    def _add(self, text: str | None, answer: Mapping[str, Any]) -> None:
        if answer["choices"][0].get("finish_reason") == "length":
            self._ended = "length"
        self._tokens = (answer.get("usage") or {}).get("completion_tokens", self._tokens)
        if told := (answer["choices"][0].get("logprobs") or {}).get("content"):
            self._logprobs += [one["logprob"] for one in told]
        if not text:
            return
        if not isinstance(text, str):
            raise TypeError
        self.pieces.append(text)
        if self._on_text is not None:
            self._first = self._first or self._clock.monotonic()
            self._on_text(text)


def _parsed(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _StrangeError from None


def _message(body: bytes) -> str:
    """What the server says is wrong, for the end of a line; it is none of ours."""
    try:
        told = orjson.loads(body)["error"]
        text = told["message"] if isinstance(told, dict) else told
        return f": {' '.join(str(text).split())[:200]}"
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""
