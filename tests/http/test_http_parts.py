"""The parts that need no house: names, keys, and how often somebody may ask."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from agent import config as configuration
from agent.errors import ConfigError
from integrations.http.callers import Keys, key_in
from integrations.http.limiting import MOST_KNOWN, Limits
from integrations.http.names import host_in, is_foreign, is_loopback, is_ours, network_of, peer_of
from integrations.http.payloads import Ask, RefusalError, read
from integrations.http.section import Settings


class Time:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


# how often ------------------------------------------------------------------------------------------------
def test_a_bucket_gives_what_is_in_it_and_then_nothing():
    limits = Limits(most=3, within=30, monotonic=Time())

    assert [limits.take("ada") for _ in range(4)] == [0, 0, 0, 10]


def test_a_bucket_fills_again():
    time = Time()
    limits = Limits(most=3, within=30, monotonic=time)
    waits = [limits.take("ada") for _ in range(4)]
    time.now += waits[-1]

    assert [limits.take("ada"), limits.take("ada") > 0] == [0, True]


def test_a_bucket_never_holds_more_than_it_can():
    time = Time()
    limits = Limits(most=2, within=1, monotonic=time)
    limits.take("ada")
    time.now += 1_000_000

    assert [bool(limits.take("ada")) for _ in range(3)] == [False, False, True]


def test_each_has_a_bucket_of_their_own():
    limits = Limits(most=1, within=30, monotonic=Time())
    limits.take("ada")

    assert limits.take("bob") == 0


def test_not_everybody_who_ever_asked_is_remembered():
    limits = Limits(most=1, within=30, monotonic=Time())
    for number in range(3 * MOST_KNOWN):
        limits.take(f"address {number}")

    assert len(limits) == MOST_KNOWN


@given(st.integers(1, 50), st.floats(0.1, 100), st.lists(st.floats(0, 10), max_size=60))
def test_in_no_span_are_there_more_than_a_full_bucket_and_what_flows_in(most, within, pauses):
    time = Time()
    limits = Limits(most=most, within=within, monotonic=time)
    taken = 0
    for pause in pauses:
        time.now += pause
        taken += limits.take("ada") == 0

    assert taken <= most + sum(pauses) * most / within + 1e-6


# names ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("localhost", "localhost"),
        ("LocalHost.:8128", "localhost"),
        ("127.0.0.1:8128", "127.0.0.1"),
        ("[::1]:8128", "::1"),
        ("[::1]", "::1"),
        ("", None),
        ("::1", None),
        ("a b", None),
        ("localhost:port", None),
        ("localhost@evil", None),
        ("localhost/evil", None),
        ("[::1]evil", None),
    ],
)
def test_a_host_header_names_a_host(header, host):
    assert host_in(header) == host


@pytest.mark.parametrize(
    ("host", "is_"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.255.255.254", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("192.168.1.5", False),
        ("localhost.evil.example.org", False),
        ("127.0.0.1.evil.example.org", False),
        ("", False),
        ("2130706433", False),
    ],
)
def test_loopback_is_what_nobody_else_reaches(host, is_):
    assert is_loopback(host) is is_


@pytest.mark.parametrize(
    ("host", "beyond", "is_"),
    [
        ("192.168.1.5", False, False),
        ("192.168.1.5", True, True),
        ("fd00::5", True, True),
        ("evil.example.org", True, False),
        ("house.example.org", False, True),
        ("house.example.org", True, True),
        ("localhost", True, True),
    ],
)
def test_beyond_this_machine_every_address_is_ours_but_not_every_name(host, beyond, is_):
    assert is_ours(host, ["house.example.org"], beyond=beyond) is is_


@pytest.mark.parametrize(
    ("origin", "host", "is_"),
    [
        ("http://localhost:8128", "localhost:8128", False),
        ("https://House.example.org", "house.example.org", False),
        ("http://localhost:8129", "localhost:8128", True),
        ("http://evil.example.org", "localhost:8128", True),
        ("null", "localhost:8128", True),
        ("", "localhost:8128", True),
        ("http://[", "localhost:8128", True),
        ("http://localhost:8128@evil.example.org", "localhost:8128", True),
    ],
)
def test_a_page_is_of_the_host_it_is_on(origin, host, is_):
    assert is_foreign(origin, host) is is_


def test_an_address_counts_alone_and_a_network_of_ipv6_as_one():
    assert network_of("192.168.1.5") == "192.168.1.5"
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1") != network_of("2001:db8:0:1::1")


def test_a_peer_has_one_address_however_it_is_written():
    assert peer_of("::ffff:192.168.1.5") == "192.168.1.5"


# keys -----------------------------------------------------------------------------------------------------
KEYS = Keys({"phone": SecretStr("k" * 16), "panel": SecretStr("p" * 16)})


@pytest.mark.parametrize(
    ("given_", "owner"),
    [("k" * 16, "phone"), ("p" * 16, "panel"), ("k" * 15, None), ("", None), ("\udcff" * 16, None)],
)
def test_a_key_has_one_owner(given_, owner):
    assert KEYS.owner(given_) == owner


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Bearer", None),
        ("Bearer ", None),
        ("Basic abc", None),
        ("", None),
    ],
)
def test_a_key_stands_behind_bearer(header, key):
    assert key_in(header) == key


# bodies ---------------------------------------------------------------------------------------------------
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_body_breaks_the_reading(body):
    try:
        found = read(Ask, body).text
    except RefusalError as refusal:
        found = str(refusal)

    assert found


# its section ----------------------------------------------------------------------------------------------
def section(folder: Path, text: str) -> Settings:
    (folder / "config.yaml").write_text(f"api: {text}\n")
    return configuration.read(folder / "config.yaml").section("http", Settings)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{host: 0.0.0.0}", "api: 'host: 0.0.0.0' lets in whoever is in the network, and there is no key;"),
        ("{host: '::'}", "api: 'host: ::' lets in whoever is in the network, and there is no key;"),
        (
            "{host: house.lan}",
            "api: 'host: house.lan' lets in whoever is in the network, and there is no key;",
        ),
        (
            "{keys: {phone: secret}}",
            "api.keys: the key of 'phone' (not shown) is not 16 to 500 ASCII characters",
        ),
        (
            "{keys: {phone: a-key-with a blank}}",
            "api.keys: the key of 'phone' (not shown) is not 16 to 500 ASCII",
        ),
        ("{keys: {a: kkkkkkkkkkkkkkkk, b: kkkkkkkkkkkkkkkk}}", "api.keys: 'a' and 'b' have the same key;"),
        ("{keys: {a b: kkkkkkkkkkkkkkkk}}", "api.keys.a b: the name 'a b' is not allowed;"),
        ("{prot: 80}", "api.prot: unknown key 'prot'; did you mean 'port'?"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right_and_without_the_key(tmp_path, text, told):
    with pytest.raises(ConfigError) as caught:
        section(tmp_path, text)

    assert str(caught.value).startswith(f"{tmp_path}/config.yaml:1: {told}")
    assert not [key for key in ("a-key-with", "kkkk", "phone: secret") if key in str(caught.value)]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_alone_takes_no_key(tmp_path, host):
    assert not section(tmp_path, f"{{host: '{host}'}}").beyond


def test_keys_are_hidden_wherever_a_section_is_shown(tmp_path):
    assert "kkkk" not in repr(section(tmp_path, "{keys: {a: kkkkkkkkkkkkkkkk}}"))
