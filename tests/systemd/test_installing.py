"""Installing, upgrading and removing the service, as a person would."""

import re
import shutil

import pytest

from tests.systemd.conftest import CONFIG, HEARTHD, STRANGER, until
from tests.systemd.root import ROOT, wheel

FILES = (
    *("hearthd.service", "hearthd-sandbox.socket", "hearthd-sandbox@.service", "hearthd-sandbox.slice"),
    *("sysusers.d/hearthd.conf", "tmpfiles.d/hearthd.conf", "50-hearthd.rules"),
)
RULE = "/etc/polkit-1/rules.d/50-hearthd.rules"


def written(machine):
    """The files of ours outside of hearthd's own folders."""
    found = machine.does("find", "/etc/systemd", "/etc/sysusers.d", "/etc/tmpfiles.d", "/etc/polkit-1")
    return [one for one in found.splitlines() if one.endswith(FILES)]


@pytest.fixture
def newer(tmp_path):
    """The next version of hearthd, as a wheel."""
    for one in ("agent", "integrations", "systemd"):
        shutil.copytree(ROOT / one, tmp_path / one, ignore=shutil.ignore_patterns("__pycache__"))
    for one in ("README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / one, tmp_path)
    for one in ("pyproject.toml", "agent/__init__.py"):
        text = re.sub(
            r'(version__|^version) = ".*"', r'\1 = "99.0.0"', (ROOT / one).read_text(), flags=re.MULTILINE
        )
        (tmp_path / one).write_text(text)
    return wheel(tmp_path / "dist", tmp_path)


def test_installing_again_changes_nothing(machine):
    said = machine.does(HEARTHD, "install-service")

    assert "wrote" not in said
    assert "as it was: /etc/systemd/system/hearthd.service" in said
    assert machine.active


def test_the_rule_of_polkit_follows_the_configuration(machine):
    before = machine.read(RULE)
    machine.write(CONFIG, machine.read(CONFIG).replace("probe-ok.service, ", ""))
    machine.does(HEARTHD, "install-service")
    after = machine.read(RULE)
    machine.write(RULE, before)

    assert 'var units = ["mosquitto.service","probe-ok.service"];' in before
    assert 'var units = ["mosquitto.service"];' in after


def test_a_bad_configuration_is_refused_before_anything_is_written(machine):
    machine.configure("nonsense: 1\n")
    done = machine.hearthd("install-service")

    assert done.returncode == 1
    assert "nonsense" in done.stderr
    assert "wrote" not in done.stdout


def test_only_root_installs(machine):
    done = machine.run(HEARTHD, "install-service", user=STRANGER)

    assert (done.returncode, done.stdout) == (1, "")
    assert "needs root: sudo /opt/hearthd/bin/hearthd install-service" in done.stderr


def test_an_upgrade_keeps_what_the_daemon_knows(machine, newer):
    key = machine.does("sha256sum", "/var/lib/hearthd/key")
    machine.install(newer)
    until(machine.listening)

    assert machine.does(HEARTHD, "--version") == "hearthd 99.0.0"
    assert machine.does("sha256sum", "/var/lib/hearthd/key") == key


def test_removing_it_leaves_what_is_yours_and_nothing_else(machine):
    try:
        said = machine.does(HEARTHD, "install-service", "--uninstall")

        assert written(machine) == []
        assert machine.run("systemctl", "cat", "hearthd-sandbox.socket").returncode != 0
        assert machine.processes("hearthd run") == ""
        assert (machine.root / "var" / "lib" / "hearthd" / "hearthd.db").exists()
        assert "kept: /etc/hearthd" in said
        assert machine.does(HEARTHD, "install-service", "--uninstall") == "there is no service of ours"
    finally:
        machine.does(HEARTHD, "install-service")
