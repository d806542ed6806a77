"""What only some machines have: a UPS behind the protocol of NUT, containers behind a socket, and more."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from agent.core.telling import Question
from agent.errors import ActionError
from integrations.host.containers import Containers, containers_of
from integrations.host.devices import nvidia, run, smart_passed, ups, ups_gauges
from integrations.host.packages import Packages, waiting

NUT = {
    "LIST UPS": ["BEGIN LIST UPS", 'UPS rack "In the cellar"', "END LIST UPS"],
    "LIST VAR rack": [
        "BEGIN LIST VAR rack",
        'VAR rack battery.charge "73"',
        'VAR rack battery.runtime "1200"',
        'VAR rack ups.status "OB DISCHRG"',
        "END LIST VAR rack",
    ],
}
APT = """Inst libssl3 [3.0.11-1] (3.0.15-1~deb12u1 Debian-Security:12/stable-security [amd64])
Inst tzdata [2024a-0+deb12u1] (2025b-0+deb12u1 Debian:12.9/stable [all])
Inst linux-image-6.1.0-30 (6.1.124-1 Debian-Security:12/stable-security [amd64])
Conf libssl3 (3.0.15-1~deb12u1 Debian-Security:12/stable-security [amd64])
"""
LISTED = [
    {"Names": ["/jellyfin"], "Image": "jellyfin/jellyfin", "State": "running", "Status": "Up 3 days"},
    {"Names": ["/frigate"], "Image": "frigate", "State": "exited", "Status": "Exited (137) 2 hours ago"},
]


@asynccontextmanager
async def nut(answers):
    async def serve(reader, writer):
        while line := (await reader.readline()).decode().strip():
            writer.write("".join(f"{one}\n" for one in answers.get(line, ["ERR UNKNOWN-COMMAND"])).encode())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def engine(path, listed=LISTED, *, chunked=False, status="200 OK"):
    asked = []

    async def serve(reader, writer):
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[0])
        body = json.dumps(listed).encode()
        head = f"HTTP/1.1 {status}\r\n"
        if chunked:
            head += "Transfer-Encoding: chunked\r\n"
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:20], body[20:], b""))
        writer.write(f"{head}\r\n".encode() + body)
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    async with server:
        yield asked


# UPS -------------------------------------------------------------------------------------------------------
async def test_a_ups_is_asked_in_the_protocol_of_nut():
    async with nut(NUT) as address:
        found = ups_gauges(await ups(address))

    assert (found["ups_charge"].value, found["ups_charge"].about) == (73.0, "OB DISCHRG")


async def test_where_nobody_listens_there_is_no_ups():
    assert await ups("127.0.0.1:1") is None


async def test_a_ups_server_without_a_ups_is_none():
    async with nut({"LIST UPS": ["BEGIN LIST UPS", "END LIST UPS"]}) as address:
        assert await ups(address) is None


async def test_a_ups_with_a_name_that_would_be_a_command_is_none():
    async with nut({"LIST UPS": ["BEGIN LIST UPS", "UPS rack;\rLOGOUT x", "END LIST UPS"]}) as address:
        assert await ups(address) is None


# containers ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("chunked", [False, True])
async def test_an_engine_is_asked_for_its_containers_and_nothing_else(tmp_path, chunked):
    path = str(tmp_path / "s")
    async with engine(path, chunked=chunked) as asked:
        found = await containers_of([path])

    assert [one["name"] for one in found] == ["jellyfin", "frigate"]
    assert asked == ["GET /containers/json?all=1 HTTP/1.0"]


async def test_an_engine_that_is_not_there_is_absent(tmp_path):
    assert await containers_of([str(tmp_path / "none")]) == "absent"


async def test_an_engine_that_answers_otherwise_is_broken(tmp_path):
    path = str(tmp_path / "s")
    async with engine(path, status="500 Internal Server Error"):
        assert await containers_of([path]) == "broken"


async def test_containers_that_are_down_are_named(tmp_path):
    path = str(tmp_path / "s")
    async with engine(path):
        told = await Containers([path]).listed(Question(intent="OpsContainerList"))

    assert told.sentences == ("There are 2 containers, and 1 of them are running", "Not running: frigate")


async def test_a_container_is_told_of_where_a_service_was_asked_for(tmp_path):
    path = str(tmp_path / "s")
    async with engine(path):
        told = await Containers([path]).status(
            Question(intent="OpsServiceStatus", slots={"service": "jellyfin"})
        )

    assert told.sentences == ("The container jellyfin is running",)


async def test_a_service_that_is_no_container_is_left_to_others(tmp_path):
    path = str(tmp_path / "s")
    question = Question(intent="OpsServiceStatus", slots={"service": "nginx"})
    async with engine(path):
        assert await Containers([path]).status(question) is None


# programs --------------------------------------------------------------------------------------------------
async def test_a_program_that_is_not_here_is_nothing():
    assert await run("no-such-program-anywhere") is None


async def test_a_program_that_does_not_end_is_ended():
    assert await run("sleep", "30", within=0.1) is None


async def test_a_program_gets_no_shell():
    assert await run("echo", "$(id); *") == (0, "$(id); *\n")


def test_the_first_graphics_card_is_read():
    found = nvidia("37, 2048, 8192, 61, NVIDIA GeForce RTX 3060\n12, 1, 2, 3, another\n")

    assert {name: one.value for name, one in found.items()} == {
        "gpu": 37,
        "gpu_memory": 25,
        "gpu_temperature": 61,
    }


def test_what_a_graphics_card_does_not_know_is_left_out():
    assert set(nvidia("[N/A], 2048, 8192, 61, Tesla")) == {"gpu_memory", "gpu_temperature"}


@pytest.mark.parametrize(
    ("written", "passed"),
    [
        ('{"smart_status": {"passed": true}}', True),
        ('{"smart_status": {"passed": false}}', False),
        ('{"smartctl": {"exit_status": 2}}', None),
        ("Permission denied", None),
    ],
)
def test_a_disk_fails_only_if_it_says_so(written, passed):
    assert smart_passed(written) is passed


# packages --------------------------------------------------------------------------------------------------
def test_updates_are_read_from_what_apt_would_do():
    found = waiting(APT)

    assert [(one.package, one.old, one.security) for one in found] == [
        ("libssl3", "3.0.11-1", True),
        ("tzdata", "2024a-0+deb12u1", False),
        ("linux-image-6.1.0-30", "", True),
    ]


@pytest.mark.parametrize("package", ["--root=/", "a b; rm", "../x", "*"])
async def test_what_is_no_name_of_a_package_is_never_looked_for(package):
    question = Question(intent="OpsPackageList", slots={"package": package})

    with pytest.raises(ActionError, match="no package is called"):
        await Packages(None).listed(question)
