"""The load and the lamps: `python load.py` reads one order as JSON and prints one line of JSON.

Raw sockets, MQTT 3.1.1, QoS 0, TCP_NODELAY. Motion of sensor N goes out on `zigbee2mqtt/motion_N`, about 250
bytes as zigbee2mqtt writes them. A rule answers with a command on `zigbee2mqtt/light_N/set`, and the lamp
confirms at once on `zigbee2mqtt/light_N/state`, whether anybody listens to that or not.

Orders: {"port", "pid", "seconds", "warm", "fires": first sensor that leads to a command,
 "every": one message in so many leads to a command, "fill": ["bright" | "dark", first sensor of the rest],
 "ahead": commands that may be owed at a time,   or instead of the last three "rate": messages a second}
"""

import json
import re
import select
import socket
import sys
import time
from collections import deque

import psutil

SENSORS = 50
_COMMAND = re.compile(rb"zigbee2mqtt/light_(\d+)/set")
_LONGEST = 40
STALLED = 5.0
"""Seconds without any command after which what is owed counts as lost."""
_PAYLOAD = (
    '{"battery":97,"device_temperature":24,"illuminance":%d,"last_seen":"2026-11-20T21:00:00.123Z",'
    '"linkquality":135,"motion_sensitivity":"medium","occupancy":true,"power_outage_count":3,'
    '"temperature":21.37,"update":{"state":null},"voltage":3005,"seq":%d}'
)


def packet(kind: int, body: bytes) -> bytes:
    """One packet of MQTT."""
    length, digits = len(body), b""
    while True:
        length, digit = divmod(length, 128)
        digits += bytes([digit | (128 if length else 0)])
        if not length:
            return bytes([kind]) + digits + body


def text(word: str) -> bytes:
    """A string as MQTT writes it."""
    return len(word).to_bytes(2, "big") + word.encode()


def publish(topic: str, payload: str) -> bytes:
    """A message at QoS 0."""
    return packet(0x30, text(topic) + payload.encode())


def motion(sensor: int, *, dark: bool = True, number: int = 0) -> bytes:
    """Motion, in the dark or not."""
    return publish(f"zigbee2mqtt/motion_{sensor}", _PAYLOAD % (12 if dark else 320, 1_000_000 + number))


class Bus:
    """The connection to the broker."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(packet(0x10, text("MQTT") + b"\x04\x02\0\0" + text("load")))
        self._read(4)
        self.socket.sendall(packet(0x82, b"\0\1" + text("zigbee2mqtt/+/set") + b"\0"))
        self._read(5)
        self._rest = b""
        self._confirmed: dict[int, bytes] = {}

    def _read(self, size: int) -> None:
        while size:
            size -= len(self.socket.recv(size))

    def commands(self, wait: float) -> list[int]:
        """The numbers of the lamps that were told something within `wait` seconds; each has confirmed."""
        if not select.select([self.socket], [], [], max(wait, 0))[0]:
            return []
        came = self._rest + self.socket.recv(1 << 18)
        found, end = [], 0
        for one in _COMMAND.finditer(came):
            found.append(int(one[1]))
            end = one.end()
        self._rest = came[max(end, len(came) - _LONGEST) :]
        if found:
            self.socket.sendall(b"".join(map(self._confirmation, found)))
        return found

    def _confirmation(self, lamp: int) -> bytes:
        known = self._confirmed.get(lamp)
        if known is None:
            topic = f"zigbee2mqtt/light_{lamp}/state"
            known = self._confirmed[lamp] = publish(topic, '{"state":"ON","brightness":254}')
        return known


class Used:
    """The CPU time of a process and its children."""

    def __init__(self, pid: int) -> None:
        self._all = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]

    def seconds(self) -> float:
        """All of it so far."""
        return sum(sum(one.cpu_times()[:2]) for one in self._all if one.is_running())


def saturated(bus: Bus, order: dict) -> dict:
    """Owe nobody more than `ahead` commands, and never wait otherwise."""
    every, ahead, first = order["every"], order["ahead"], order["fires"]
    light, filler = order["fill"]
    rest = [motion(filler + one % SENSORS, dark=light == "dark") for one in range(every - 1)]
    body = b"".join(rest)
    fires = [motion(first + one) for one in range(SENSORS)]
    used, owed, sent, came, lost = Used(order["pid"]), 0, 0, 0, 0
    warm, began, start = time.monotonic() + order["warm"], 0.0, 0.0
    last = time.monotonic()
    while True:
        while owed < ahead:
            bus.socket.sendall(body + fires[sent % SENSORS])
            sent += 1
            owed += 1
        found = len(bus.commands(0.2))
        now = time.monotonic()
        owed -= found
        if found:
            last = now
        elif now - last > STALLED:
            lost, owed, last = lost + owed, 0, now
        if began:
            came += found
            if now - began >= order["seconds"] and found:
                break
        elif now >= warm and found:
            began, start = now, used.seconds()
    took, cpu = now - began, used.seconds() - start
    drain(bus, lambda count: count < owed)
    return {
        "messages_s": came * every / took,
        "commands_s": came / took,
        "us": cpu / (came * every) * 1e6,
        "core": cpu / took,
        "lost": lost,
    }


def drain(bus: Bus, more) -> int:
    """Wait for commands that are owed still."""
    count, until = 0, time.monotonic() + STALLED
    while more(count) and time.monotonic() < until:
        count += len(bus.commands(0.2))
    return count


def paced(bus: Bus, order: dict) -> dict:
    """So many a second, each of which leads to a command."""
    first, step = order["fires"], 1 / order["rate"]
    waiting: list[deque[float]] = [deque() for _ in range(SENSORS)]
    waits: list[float] = []
    used = Used(order["pid"])
    start = used.seconds()
    began = due = time.monotonic()
    total, sent = int(order["seconds"] * order["rate"]), 0
    while sent < total or (any(waiting) and time.monotonic() < due + STALLED):
        now = time.monotonic()
        if sent < total and now >= due:
            waiting[sent % SENSORS].append(time.perf_counter())
            bus.socket.sendall(motion(first + sent % SENSORS, number=sent))
            sent += 1
            due = began + sent * step
        found = bus.commands(due - time.monotonic() if sent < total else 0.2)
        now = time.perf_counter()
        answered = (waiting[lamp - first] for lamp in found if first <= lamp < first + SENSORS)
        # The oldest motion of a sensor that has no command yet.
        waits.extend((now - one.popleft()) * 1000 for one in answered if one)
    cpu = used.seconds() - start
    waits.sort()
    return {
        "p50": waits[len(waits) // 2] if waits else None,
        "p99": waits[int(len(waits) * 0.99)] if waits else None,
        "us": cpu / total * 1e6,
        "lost": total - len(waits),
    }


def first_command(bus: Bus, order: dict) -> dict:
    """Try again and again until a command comes."""
    until, sent = time.monotonic() + order["seconds"], 0
    while time.monotonic() < until:
        bus.socket.sendall(motion(order["fires"] + sent % SENSORS))
        sent += 1
        if bus.commands(0.02):
            return {"at": time.monotonic()}
    return {"at": None}


def main() -> None:
    """Do what is ordered."""
    order = json.loads(sys.stdin.readline())
    bus = Bus(order["port"])
    if "until" in order:
        told = first_command(bus, order)
    elif "rate" in order:
        told = paced(bus, order)
    else:
        told = saturated(bus, order)
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
