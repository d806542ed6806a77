"""How many messages a core takes in: ours with everything on, against bare paho that only parses the JSON."""

import asyncio
import json
import os
import subprocess
import sys
import time

import orjson
import pytest

from agent.mqtt.client import Mqtt
from agent.mqtt.config import MqttConfig
from agent.mqtt.topics import Topics
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics

pytestmark = [pytest.mark.bench, pytest.mark.timeout(120)]
MESSAGES, TOPICS, BYTES = 200_000, 2_000, 250

BARE = """
import json, os, sys, time
import orjson
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
seen = [0, 0.0]
def on_message(client, _user, message):
    if message.topic == "bench/end":
        used = time.process_time() - seen[1]
        print(json.dumps([seen[0], used]), flush=True)
        os._exit(0)
    if not seen[0]:
        seen[1] = time.process_time()
    seen[0] += 1
    orjson.loads(message.payload)
client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
client.on_message = on_message
client.on_subscribe = lambda *_: print("ready", flush=True)
client.on_connect = lambda *_: client.subscribe("bench/#")
client.connect("127.0.0.1", int(sys.argv[1]))
client.loop_forever()
"""

LOAD = """
import socket, sys, time
port, messages, topics, size = map(int, sys.argv[1:])
def text(word):
    return len(word).to_bytes(2, "big") + word.encode()
def publish(topic, payload, qos=0):
    body = text(topic) + (b"\\0\\1" if qos else b"") + payload
    length, digits = len(body), b""
    while True:
        length, digit = divmod(length, 128)
        digits += bytes([digit | (128 if length else 0)])
        if not length:
            break
    return bytes([0x30 | qos << 1]) + digits + body
with socket.create_connection(("127.0.0.1", port)) as broker:
    hello = text("MQTT") + b"\\x04\\x02\\0\\0" + text("load")
    broker.sendall(b"\\x10" + bytes([len(hello)]) + hello)
    broker.recv(4)
    start = '{"state": "ON", "brightness": 120, "linkquality": 87, "pad": "'
    payload = (start + "x" * (size - len(start) - 2) + '"}').encode()
    one_round = [publish(f"bench/device-{number}", payload) for number in range(topics)]
    chunks = [b"".join(one_round[at:at + 200]) for at in range(0, topics, 200)]
    sent = 0
    began = time.monotonic()
    while sent < messages:
        for chunk in chunks:
            broker.sendall(chunk)
            sent += 200
            while sent / (time.monotonic() - began) > 60_000:
                time.sleep(0.0005)
    for _ in range(40):
        time.sleep(0.1)
        broker.sendall(publish("bench/end", b"{}"))
"""


def load(port: int) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-c", LOAD, str(port), str(MESSAGES), str(TOPICS), str(BYTES)]
    return subprocess.Popen(words, stderr=subprocess.DEVNULL)


def bare(port: int) -> float:
    with subprocess.Popen([sys.executable, "-c", BARE, str(port)], stdout=subprocess.PIPE) as receiver:
        assert receiver.stdout is not None
        receiver.stdout.readline()
        sender = load(port)
        messages, used = json.loads(receiver.stdout.readline())
        sender.kill()
        sender.wait()
    return messages / used


async def ours(port: int, *, every: bool) -> tuple[float, int]:
    mqtt = Mqtt(
        config=MqttConfig(port=port), topics=Topics("bench"), bus=Bus(), clock=Clock(), metrics=Metrics()
    )
    ended = asyncio.Event()
    seen = [0, 0.0]
    handled = [0]

    def handle(message):
        if not seen[0]:
            seen[:] = [1, time.process_time()]
        handled[0] += 1
        orjson.loads(message.payload)

    mqtt.subscribe("bench/+", handle, every=every)
    mqtt.subscribe("bench/end", lambda _message: ended.set())
    running = asyncio.get_running_loop().create_task(mqtt.run())
    await mqtt.answered()
    sender = load(port)
    await ended.wait()
    used = time.process_time() - seen[1]
    received = mqtt._metrics.counters["mqtt.messages"]
    sender.kill()
    sender.wait()
    running.cancel()
    await mqtt.close()
    return received / used, handled[0]


async def test_messages_a_second_of_one_core(own_broker, capsys):
    broker = own_broker()
    rounds = [
        (await ours(broker.port, every=True), await ours(broker.port, every=False), bare(broker.port))
        for _ in range(2)
    ]
    every = max(one[0][0] for one in rounds)
    states = max(one[1][0] for one in rounds)
    paho = max(one[2] for one in rounds)
    with capsys.disabled():
        print(f"\nreceived, sorted, JSON parsed; {os.cpu_count()} cores, {BYTES} B, {TOPICS} topics, QoS 0")
        print(f"ours, every message  {every:9,.0f} /s of CPU   {every / paho:.2f} x paho")
        print(f"ours, newest wins    {states:9,.0f} /s of CPU   {states / paho:.2f} x paho")
        print(f"bare paho            {paho:9,.0f} /s of CPU")

    assert every > 25_000
    assert all(one[0][1] >= 0.99 * MESSAGES for one in rounds)
