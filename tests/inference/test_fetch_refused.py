"""What is not downloaded, or not kept: each time one line says why, and nothing of it is left."""

import fcntl
import hashlib
import shutil
import ssl
import subprocess

import pytest

from tests.inference.pulling import Pull
from tests.inference.shelf import cut, moved, only, serving, unnumbered, whole


@pytest.fixture(scope="session")
def content(toy):
    """What is downloaded."""
    return toy.read_bytes()


@pytest.fixture
def pull(tmp_path, content):
    return Pull(tmp_path, content)


def test_another_file_than_the_one_that_was_meant_is_removed(pull, content):
    other = content[:-1] + b"!"
    with serving(whole(other)) as shelf:
        told = pull.refused(shelf.url)

    assert told == (
        f"{shelf.url}: is another file: its SHA-256 is {hashlib.sha256(other).hexdigest()}; it was removed"
    )
    assert pull.left == []


def test_a_file_that_is_shorter_than_it_should_be_is_another_file(pull, content):
    with serving(whole(content[:1000])) as shelf:
        assert "is another file" in pull.refused(shelf.url)

    assert pull.left == []


def test_a_page_instead_of_a_model_is_refused_with_its_first_bytes(pull):
    with serving(whole(b"<!DOCTYPE html>" + bytes(100_000_000))) as shelf:
        told = pull.refused(shelf.url)

    assert told == f"{shelf.url}: is not a GGUF file"
    assert (pull.left, pull.seen) == ([], [])


def test_the_right_file_is_refused_if_it_is_no_model_that_can_be_loaded(pull, content):
    damaged = content[:2000]
    with serving(whole(damaged)) as shelf:
        told = pull.refused(shelf.url, sha256=hashlib.sha256(damaged).hexdigest())

    assert told.startswith(f"{shelf.url}: is cut off")
    assert pull.left == []


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (404, "has no such file"),
        (403, "refuses to give it"),
        (401, "wants a login"),
        (418, "does not give the file"),
    ],
)
def test_what_a_server_refuses_is_not_asked_again(pull, status, why):
    with serving(only(status)) as shelf:
        told = pull.refused(shelf.url)

    assert told == f"{shelf.url}: 127.0.0.1:{shelf.server_port} {why} ({status})"
    assert len(shelf.asked) == 1


def test_a_redirect_without_end_is_refused(pull):
    with serving(moved("/models/toy.gguf")) as shelf:
        told = pull.refused(shelf.url)

    assert told == f"{shelf.url}: leads from one address to the next more than 5 times"
    assert len(shelf.asked) == 6


@pytest.mark.parametrize("location", ["", "file:///etc/passwd", "ftp://example.org/toy.gguf", "http://["])
def test_a_redirect_to_what_is_no_web_address_is_refused(pull, location):
    with serving(moved(location)) as shelf:
        assert pull.refused(shelf.url).endswith("leads to an address that can't be used")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody else trusts, with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    file = tmp_path_factory.mktemp("tls") / "own.pem"
    options = "-newkey rsa:2048 -nodes -days 2 -subj /CN=here -addext subjectAltName=IP:127.0.0.1"
    command = ["openssl", "req", "-x509", *options.split(), "-keyout", file, "-out", file.with_suffix(".crt")]
    subprocess.run(command, check=True, capture_output=True)
    file.write_text(file.read_text() + file.with_suffix(".crt").read_text())
    return file


@pytest.fixture
def secure(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_certificate_that_nobody_vouches_for_is_refused(pull, content, secure):
    with serving(whole(content), context=secure) as shelf:
        told = pull.refused(shelf.url)

    assert told.startswith(f"127.0.0.1:{shelf.server_port} has no certificate that we trust: self")


def test_from_https_it_does_not_follow_to_http(pull, content, certificate, secure, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_suffix(".crt")))
    with serving(whole(content)) as open_one, serving(moved(open_one.url), context=secure) as shelf:
        told = pull.refused(shelf.url)

    assert told.endswith("leads from https to http, where anybody may listen: refused")
    assert open_one.asked == []


def test_over_https_it_comes_like_over_http(pull, content, certificate, secure, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_suffix(".crt")))
    with serving(cut(content, 1000), whole(content), context=secure) as shelf:
        pull(shelf.url)

    assert pull.target.read_bytes() == content


def test_another_file_of_the_same_name_stays(pull, content):
    pull.target.parent.mkdir()
    pull.target.write_bytes(b"mine")
    with serving(whole(content)) as shelf:
        told = pull.refused(shelf.url)

    assert told == f"{pull.target}: is there already and is another file; choose another --name"
    assert (pull.target.read_bytes(), shelf.asked) == (b"mine", [])


def test_a_file_that_is_too_large_is_refused_before_it_comes(pull, content):
    with serving(only(200, Content_Length=str(65 * 10**9))) as shelf:
        told = pull.refused(shelf.url)

    assert told == f"{shelf.url}: is larger than 64 GB"


def test_so_is_one_that_does_not_say_how_large_it_is(pull, content):
    with serving(unnumbered(content)) as shelf:
        assert pull.refused(shelf.url, largest=len(content) - 1).startswith(f"{shelf.url}: is larger than")


def test_a_file_that_the_disk_has_no_room_for_is_refused_before_it_comes(pull, tmp_path):
    free = shutil.disk_usage(tmp_path).free
    with serving(only(200, Content_Length=str(free))) as shelf:
        told = pull.refused(shelf.url, largest=free * 2)

    assert told.startswith(f"{pull.target.parent}: no room: {free / 1e6:.0f} MB are needed")


def test_two_downloads_of_one_file_do_not_mix(pull, content):
    pull.target.parent.mkdir()
    with pull.part.open("wb") as other, serving(whole(content)) as shelf:
        fcntl.flock(other, fcntl.LOCK_EX)
        told = pull.refused(shelf.url)

    assert told == f"{pull.target}: is being downloaded by another process"


def test_a_folder_that_can_not_be_made_is_named(pull, content, tmp_path):
    (tmp_path / "models").write_text("a file")
    with serving(whole(content)) as shelf:
        told = pull.refused(shelf.url)

    assert told.startswith(f"{tmp_path / 'models'}: ")
