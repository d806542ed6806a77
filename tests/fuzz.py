"""Fuzzed messages: what a broken or hostile device or program may publish; the same ones for the same seed.

A `Fuzz` makes `Shot`s. Each begins as a message that is right and is then spoilt, on three levels: a value
somewhere in it (a wrong type, a huge number, a template that never ends), its JSON text (duplicate keys, NaN,
lone surrogates, thousands of brackets), its bytes (flipped bits, cut off, not UTF-8, ten megabytes). A tenth
is left as it was, so that acting goes on meanwhile.

All that is announced and commanded here is the fuzz's own: its topics begin with `fuzzed/`, its only area is
"Fuzz". Whatever else is in the house must be as it was afterwards.
"""

import copy
import json
import random
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.fuzz_words import COMMANDS, CONFIGS, RAW, STATES, TEMPLATES, TOPICS, VALUES, WHATS

MEGABYTES_10 = 10 * 1024 * 1024
POOL = 30
"""Discovery topics of each form: few enough for all their problems to be remembered."""
_DOMAINS = list(CONFIGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One message. `properties` are those of MQTT 5, under paho's names."""

    kind: str
    topic: str
    payload: bytes
    retain: bool = False
    qos: int = 1
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str | None:
        """The id that an outcome of this message must have; None if nobody should read one from it."""
        if self.payload.count(b"[") + self.payload.count(b"{") > 100:
            return None
        try:
            found = orjson.loads(self.payload)
        except orjson.JSONDecodeError:
            return None
        given = found.get("id") if isinstance(found, dict) else None
        readable = isinstance(given, str) and 0 < len(given) <= 128 and given.isprintable()
        return given if readable else None


class Fuzz:
    """An endless source of shots at the daemon of `node`; every `huge_every`-th is of ten megabytes."""

    def __init__(self, seed: int, *, node: str, huge_every: int = 5_000) -> None:
        self._random = random.Random(seed)
        self._node = node
        self._huge_every = huge_every
        self._made = 0
        self._asked: deque[str] = deque(["nobody"], maxlen=50)
        self._makers = {
            self._do: 30,
            self._answer: 5,
            self._query: 5,
            self._run: 3,
            self._single: 20,
            self._device: 8,
            self._state: 25,
            self._availability: 5,
            self._birth: 2,
        }

    def shots(self, count: int) -> Iterator[Shot]:
        """The next `count` of them."""
        makers, weights = list(self._makers), list(self._makers.values())
        for _ in range(count):
            self._made += 1
            shot = self._random.choices(makers, weights)[0]()
            yield self._huge(shot) if self._made % self._huge_every == 0 else shot

    # what is aimed at -----------------------------------------------------------------------------------
    def _do(self) -> Shot:
        body = {"id": self._new_id(), **self._some(COMMANDS)}
        self._asked.append(body["id"])
        retain = self._random.random() < 0.02
        return self._shot("do", f"hearthd/{self._node}/do", body, retain=retain)

    def _answer(self) -> Shot:
        verb = self._random.choice(("approve", "deny"))
        body = {"id": self._random.choice(self._asked), "pin": "1234"}
        return self._shot(verb, f"hearthd/{self._node}/{verb}", body, retain=self._random.random() < 0.02)

    def _run(self) -> Shot:
        task = self._random.choice(("backup", "ü", "a b", "..", "x" * 300))
        body = {"id": self._new_id(), **self._some(COMMANDS)}
        return self._shot(
            "run", f"hearthd/{self._node}/run/{task}", body, retain=self._random.random() < 0.02
        )

    def _query(self) -> Shot:
        body = {"id": self._new_id(), "action": self._random.choice(self._asked), "limit": 5}
        return self._shot("query", f"hearthd/{self._node}/query/{self._random.choice(WHATS)}", body)

    def _single(self) -> Shot:
        number = self._random.randrange(POOL)
        domain = _DOMAINS[number % len(_DOMAINS)]
        level = f"fuzz{number}" if self._random.random() < 0.95 else self._random.choice(("ü", "a b", "x.y"))
        topic = f"homeassistant/{domain}/{level}/config"
        return self._shot("config", topic, self._config(domain, number), retain=self._random.random() < 0.5)

    def _device(self) -> Shot:
        number = self._random.randrange(POOL)
        components = {}
        for part in range(self._random.randrange(1, 5)):
            domain = self._random.choice(_DOMAINS)
            components[f"part{part}"] = {"p": domain, **self._config(domain, 100 + number * 5 + part)}
        device = {"ids": [f"fuzz{number}"], "name": f"Fuzz {number}", "sa": "Fuzz"}
        body = {"dev": device, "o": {"name": "fuzz"}, "cmps": components}
        return self._shot("config", f"homeassistant/device/fuzz{number}/config", body)

    def _state(self) -> Shot:
        topic = f"fuzzed/{self._random.randrange(POOL)}"
        return self._shot("state", topic, self._some(STATES), retain=self._random.random() < 0.2)

    def _availability(self) -> Shot:
        return self._shot("availability", "fuzzed/available", self._random.choice(("online", "offline")))

    def _birth(self) -> Shot:
        return self._shot("birth", "homeassistant/status", self._random.choice(("online", "offline")))

    def _config(self, domain: str, number: int) -> dict[str, Any]:
        config = copy.deepcopy(CONFIGS[domain])
        for key, value in config.items():
            if isinstance(value, str) and value.startswith("fuzzed/#"):
                config[key] = value.replace("#", str(number % POOL))
        config |= {"unique_id": f"fuzz {number}", "default_entity_id": f"{domain}.fuzz_{number}"}
        config["availability_topic"] = "fuzzed/available"
        config["device"] = {"identifiers": [f"fuzz{number}"], "suggested_area": "Fuzz"}
        return config

    # how it is spoilt -----------------------------------------------------------------------------------
    def _shot(self, kind: str, topic: str, body: Any, *, retain: bool = False) -> Shot:
        level = self._random.random()
        if level < 0.6 and isinstance(body, dict | list):
            for _ in range(self._random.randrange(1, 4)):
                self._spoil(body)
        text = body if isinstance(body, str) else self._written(body)
        payload = text.encode("utf-8", "surrogatepass")
        if level > 0.7:
            payload = self._broken(payload)
        return Shot(
            kind=kind,
            topic=topic,
            payload=payload,
            retain=retain,
            qos=self._random.choice((0, 1, 1)),
            properties=self._properties() if self._random.random() < 0.1 else {},
        )

    def _spoil(self, body: Any) -> None:
        """Change one value, anywhere in `body`."""
        places: list[tuple[Any, Any]] = []
        waiting = [body]
        while waiting:
            one = waiting.pop()
            keys = list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
            places.extend((one, key) for key in keys)
            waiting.extend(one[key] for key in keys)
        if not places:
            return
        inside, key = self._random.choice(places)
        way = self._random.random()
        if way < 0.1 and isinstance(inside, dict):
            del inside[key]
        elif way < 0.2 and isinstance(inside, dict):
            inside[self._random.choice(("unknown", "", "~", "\x1b[2J", "x" * 500))] = self._value()
        elif isinstance(key, str) and "template" in key:
            inside[key] = self._some(TEMPLATES)
        elif isinstance(key, str) and "topic" in key and way < 0.6:
            inside[key] = self._some(TOPICS)
        else:
            inside[key] = self._value()

    def _value(self) -> Any:
        return self._some(VALUES)

    def _some(self, among: Sequence[Any]) -> Any:
        return copy.deepcopy(self._random.choice(among))

    def _new_id(self) -> str:
        return f"{self._random.getrandbits(64):016x}"

    def _written(self, body: Any) -> str:
        """`body` as JSON, or nearly: what JSON has no words for is put in afterwards."""
        text = json.dumps(body)
        for mark, raw in RAW.items():
            text = text.replace(f'"{mark}"', raw)
        if self._random.random() < 0.03 and text.startswith('{"'):
            text = '{"id": "twice", "service": 7, ' + text[1:]
        return text

    def _broken(self, payload: bytes) -> bytes:
        data = bytearray(payload)
        match self._random.randrange(8):
            case 0:
                for _ in range(self._random.randrange(1, 5)):
                    if data:
                        data[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)
            case 1:
                del data[self._random.randrange(len(data) + 1) :]
            case 2:
                at = self._random.randrange(len(data) + 1)
                data[at:at] = self._random.choice((b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\0", b"\x1b"))
            case 3:
                data = bytearray(self._random.randbytes(self._random.randrange(200)))
            case 4:
                data = bytearray(payload.decode("utf-8", "replace").encode("utf-16"))
            case 5:
                data = bytearray(b"\xef\xbb\xbf") + data
            case 6:
                data *= 2
            case _:
                data.clear()
        return bytes(data)

    def _huge(self, shot: Shot) -> Shot:
        """`shot` blown up: blanks, one letter, or brackets."""
        filling = self._random.choice((b" ", b"a", b"[", b'{"a":'))
        payload = shot.payload + filling * (MEGABYTES_10 // len(filling))
        return Shot(kind="huge", topic=shot.topic, payload=payload)

    def _properties(self) -> dict[str, Any]:
        choice = self._random.choice
        every = {
            "ResponseTopic": choice(
                ("fuzzed/answer", "", "fuzzed/\ufeff", "a/" * 90, f"hearthd/{self._node}/do")
            ),
            "CorrelationData": choice((b"", b"\0\xff" * 20, b"x" * 5_000)),
            "MessageExpiryInterval": choice((0, 1, 2**32 - 1)),
            "ContentType": choice(("application/json", "", "\ufeff", "x" * 5_000)),
            "UserProperty": choice((("", ""), ("a", "\ufeff"), ("trace", "x" * 60_000))),
        }
        return {key: every[key] for key in self._random.sample(list(every), self._random.randrange(1, 4))}
