"""`hearthd install-service` as far as no systemd is needed; tests/systemd has it do the rest."""

import os
import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from agent.cli.installing import DROP_INS, OURS, Allowed, Program, files, originals, rule
from agent.errors import ConfigError

UNITS = "usr/lib/systemd/system"
POLKIT = "usr/share/polkit-1/rules.d/50-hearthd.rules"
ALLOWED = "plugins: {systemd_units: {allow: [web.service, mail.service]}}\n"


@pytest.fixture
def root(tmp_path):
    return tmp_path / "root"


def there(root):
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


def made(prefix, base="/usr", *, units=(), drop_ins=()):
    program = Program(prefix=PurePosixPath(prefix), base=PurePosixPath(base))
    return dict(files(originals(), OURS, program=program, allowed=Allowed(units=units), drop_ins=drop_ins))


# for packages ----------------------------------------------------------------------------------------------
def test_below_another_root_only_files_are_written(nobody, root):
    done = nobody("install-service", "--root", str(root))

    assert done.returncode == 0, done.stderr
    assert {name.rpartition("/")[2] for name in there(root)} == {
        *("hearthd.service", "hearthd-sandbox.socket", "hearthd-sandbox@.service", "hearthd-sandbox.slice"),
        "hearthd.conf",
    }
    assert "run " not in done.stdout


def test_a_second_time_nothing_is_written(nobody, root):
    nobody("install-service", "--root", str(root))
    before = there(root)
    done = nobody("install-service", "--root", str(root))

    assert "wrote" not in done.stdout
    assert there(root) == before


def test_what_was_added_stays_when_it_is_installed_again(nobody, root):
    nobody("install-service", "--root", str(root), "--with", "voice")
    nobody("install-service", "--root", str(root))

    assert f"{UNITS}/hearthd.service.d/voice.conf" in there(root)


def test_removing_it_leaves_no_file(nobody, root):
    nobody("install-service", "--root", str(root), "--with", "voice", "--with", "gpu")
    nobody("install-service", "--root", str(root), "--uninstall")
    again = nobody("install-service", "--root", str(root), "--uninstall")

    assert there(root) == {}
    assert not (root / UNITS / "hearthd.service.d").exists()
    assert (again.returncode, again.stdout) == (0, "there is no service of ours\n")


def test_the_rule_of_polkit_has_the_units_of_the_configuration(nobody, root):
    nobody.file.write_text(ALLOWED)
    nobody("install-service", "--root", str(root), "-c", str(nobody.file))

    assert 'var units = ["mail.service","web.service"];' in there(root)[POLKIT]


def test_without_units_there_is_no_rule(nobody, root):
    nobody.file.write_text(ALLOWED)
    nobody("install-service", "--root", str(root), "-c", str(nobody.file))
    nobody.file.write_text("")
    nobody("install-service", "--root", str(root), "-c", str(nobody.file))

    assert POLKIT not in there(root)


REBOOT = "if (true && machine.indexOf(action.id) >= 0)"


@pytest.mark.parametrize(("section", "said"), [("{reboot: true}", True), ("{allow: [a.service]}", False)])
def test_only_where_it_is_configured_may_the_machine_be_restarted(nobody, root, section, said):
    nobody.file.write_text(f"plugins: {{systemd_units: {section}}}\n")
    nobody("install-service", "--root", str(root), "-c", str(nobody.file))

    assert (REBOOT in there(root)[POLKIT]) is said


UPKEEP = """
plugins:
  upkeep:
    caches: {thumbnails: {folder: /var/cache/my thumbs, delete: ["*.jpg"]}}
    logs: {web: {file: LOGROTATE}}
journal: {vacuum: {least: 500M}}
"""
DROP_IN = f"{UNITS}/hearthd.service.d/upkeep.conf"


@pytest.fixture
def with_upkeep(nobody, tmp_path):
    rotated = tmp_path / "logrotate"
    rotated.write_text("/var/log/web/*.log /var/log/web.log {\n  rotate 3\n}\n")
    nobody.file.write_text(UPKEEP.replace("LOGROTATE", str(rotated)))


def test_what_upkeep_clears_and_rotates_the_service_may_write_to(nobody, root, with_upkeep):
    nobody("install-service", "--root", str(root), "-c", str(nobody.file))

    assert [line for line in there(root)[DROP_IN].splitlines() if "=" in line] == [
        'ReadWritePaths="-/var/cache/my thumbs"',
        "ReadWritePaths=-/var/log",
        "ReadWritePaths=-/var/log/journal",
        "ReadWritePaths=-/var/log/web",
    ]


def test_the_user_of_the_service_gets_the_right_to_clear_caches_and_the_journal(nobody, root, with_upkeep):
    nobody("install-service", "--root", str(root), "-c", str(nobody.file))

    rights = [line for line in there(root)["usr/lib/tmpfiles.d/hearthd.conf"].splitlines() if "A+" in line]
    assert rights == [
        'A+ "/var/cache/my thumbs" - - - - u:hearthd:rwX,d:u:hearthd:rwX',
        "A+ /var/log/journal - - - - u:hearthd:rwX,d:u:hearthd:rwX",
    ]


def test_without_upkeep_there_is_no_drop_in_for_it_any_more(nobody, root, with_upkeep):
    nobody("install-service", "--root", str(root), "-c", str(nobody.file))
    nobody.file.write_text("")
    nobody("install-service", "--root", str(root), "-c", str(nobody.file))

    assert DROP_IN not in there(root)


def test_a_bad_configuration_is_refused_and_nothing_is_written(nobody, root):
    nobody.file.write_text("nonsense: 1\n")
    done = nobody("install-service", "--root", str(root), "-c", str(nobody.file))

    assert (done.returncode, done.stdout) == (1, "")
    assert f"{nobody.file}:1" in done.stderr
    assert not root.exists()


def test_where_nothing_can_be_written_it_says_so(nobody, tmp_path):
    (tmp_path / "root").write_text("")
    done = nobody("install-service", "--root", str(tmp_path / "root"))

    assert done.returncode == 1
    assert str(tmp_path / "root") in done.stderr


def test_an_unknown_addition_is_wrong_use(nobody, root):
    assert nobody("install-service", "--root", str(root), "--with", "wings").returncode == 2


def test_where_systemd_does_not_run_nothing_happens(nobody):
    if Path("/run/systemd/system").exists():
        pytest.skip("systemd runs here")
    done = nobody("install-service")

    assert (done.returncode, done.stdout) == (1, "")
    assert ("systemd does not run" if os.geteuid() == 0 else "needs root") in done.stderr


# for this installation -------------------------------------------------------------------------------------
def test_the_unit_starts_the_hearthd_that_installs_it():
    unit = made("/srv/house/venv")["etc/systemd/system/hearthd.service"]

    assert "ExecStart=/srv/house/venv/bin/hearthd run\n" in unit
    assert "ExecPaths=/usr -/srv/house/venv\n" in unit


def test_the_python_of_an_environment_may_be_run_too():
    unit = made("/opt/hearthd", "/opt/python")["etc/systemd/system/hearthd.service"]

    assert "ExecPaths=/usr -/opt/hearthd -/opt/python\n" in unit


@pytest.mark.parametrize(
    ("prefix", "base"), [("/home/ada/hearthd", "/usr"), ("/opt/hearthd", "/root/.python")]
)
def test_one_that_the_service_could_not_see_is_refused_in_words(prefix, base):
    with pytest.raises(ConfigError, match=r"the service sees nothing of .*: install hearthd with"):
        Program(prefix=PurePosixPath(prefix), base=PurePosixPath(base)).check()


def test_a_unit_cannot_write_more_than_a_name_into_the_rule():
    text = rule("var units = [/* units */];", ['a"]; evil(); ["b'])

    assert text == 'var units = ["a\\"]; evil(); [\\"b"];'


def test_every_drop_in_can_be_added():
    shipped = {path.stem for path in (originals() / "drop-ins").iterdir()}

    assert shipped == {*DROP_INS}


def test_every_file_is_installed_or_explained():
    readme = (originals() / "README.md").read_text()

    assert [one.name for one in originals().iterdir() if one.is_file() and f"`{one.name}`" not in readme] == [
        "README.md"
    ]


# as systemd sees it ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("with_", [None, *DROP_INS])
def test_the_service_is_exposed_to_little(tmp_path, with_):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    for name, text in made("/opt/hearthd", drop_ins=[] if with_ is None else [with_]).items():
        file = tmp_path / Path(name).relative_to("etc") if name.startswith("etc/systemd") else tmp_path / "x"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    unit = tmp_path / "systemd" / "system" / "hearthd.service"
    done = subprocess.run(
        [analyze, "security", "--offline=yes", "--no-pager", "--threshold=12", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-200:] + done.stderr
