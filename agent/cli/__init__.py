"""The `hearthd` command: one small file per family of commands.

Commands that only talk to the running daemon import neither the configuration nor the daemon.
Exit codes: 0 done, 1 refused or failed (the reason on standard error), 2 wrong use.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from agent import __version__
from agent.cli import voice
from agent.cli.record_options import record_options, replay_options
from agent.errors import HearthError

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = _parser()
    options, more = parser.parse_known_args(arguments)
    # `do light.turn_on --target light.desk brightness=40`: argparse takes no data behind an option.
    if more and (not hasattr(options, "data") or any(word.startswith("-") for word in more)):
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    if more:
        options.data += more
    command: Command = options.command
    try:
        return command(options)
    except HearthError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hearthd", description="A home-automation and operations agent for the house it lives in."
    )
    parser.add_argument("--version", action="version", version=f"hearthd {__version__}")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("-c", "--config", type=Path, metavar="FILE", help="the configuration file")
    common.add_argument("--json", action="store_true", help="print JSON")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, command: Command, text: str, among: Any = commands) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = among.add_parser(name, help=text, description=text, parents=[common])
        added.set_defaults(command=command)
        return added

    add("run", _run, "run the daemon in the foreground")
    demo = add("demo", _demo, "run the daemon with a simulated house")
    demo.add_argument(
        "--house", type=Path, metavar="FILE", help="the house file (default: the shipped house)"
    )
    ask = add("ask", _ask, "say a sentence to the running daemon and print its reply")
    ask.add_argument("text", nargs="+", metavar="TEXT", help="the sentence")
    ask.add_argument("--area", metavar="AREA", help="the area it is said in")
    ask.add_argument("--session", metavar="ID", help="the conversation it belongs to")
    ask.add_argument("--language", metavar="LANGUAGE", help="its language, as in en or zh-CN")
    ask.add_argument(
        "--wait", type=float, default=45.0, metavar="SECONDS", help="how long to wait for a reply"
    )
    parse = add("parse", _parse, "show what a sentence would be understood as, and do nothing")
    parse.add_argument("text", nargs="*", metavar="TEXT", help="the sentence")
    parse.add_argument(
        "--batch", nargs=2, type=Path, metavar=("IN", "OUT"), help="many sentences: JSON lines in and out"
    )
    parse.add_argument("--house", type=Path, metavar="FILE", help="the house file it is said in")
    parse.add_argument("--area", metavar="AREA", help="the area it is said in")
    parse.add_argument("--language", metavar="LANGUAGE", help="its language, as in en or zh-CN")
    parse.add_argument("--tier", choices=("grammar", "model", "all"), default="all", help="who may read it")
    parse.add_argument("--explain", action="store_true", help="every reading, and why it was not that one")
    do = add("do", _do, "carry out a service: hearthd do light.turn_on --target light.desk brightness=40")
    do.add_argument("service", metavar="SERVICE", help="a service, as in light.turn_on")
    do.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="TARGET",
        help="an entity id, or area:NAME, floor:NAME, domain:NAME; may be given several times",
    )
    do.add_argument("data", nargs="*", metavar="key=value", help="data of the service")
    do.add_argument("--id", help="the id of the command; the same id is carried out once")
    do.add_argument("--ttl", type=float, metavar="SECONDS", help="how long it may take to be carried out")
    do.add_argument(
        "--wait", type=float, default=90.0, metavar="SECONDS", help="how long to wait for its end"
    )
    devices = add("devices", _devices, "what is in the house, and what it last said")
    devices.add_argument("--problems", action="store_true", help="what is wrong with what was announced")
    why = add("why", _why, "why the last action, or the one of that id, ended so; or what a rule did")
    why.add_argument("id", nargs="?", metavar="ID")
    add("jobs", _jobs, "what is scheduled: when next, when last, and what came of it")
    add("pending", _pending, "the actions that wait for approval")
    for name, text in (("approve", "let a waiting action happen"), ("deny", "refuse a waiting action")):
        answer = add(name, _answer, text)
        answer.add_argument("id", metavar="ID")
        answer.set_defaults(answer=name)
    add("plugins", _plugins, "the integrations and how they are")
    add("health", _health, "how the daemon and its machine are")
    _add_incidents(add)
    _add_models(commands, add)
    voice.add(commands, add)
    _add_phrases(add)
    _add_record(add)
    _add_setting_up(add)
    return parser


def _add_incidents(add: Callable[..., argparse.ArgumentParser]) -> None:
    incidents = add("incidents", _incidents, "what is wrong on the machine, and what of it is ignored")
    incidents.add_argument("--closed", action="store_true", help="those that are over too")


def _add_setting_up(add: Callable[..., argparse.ArgumentParser]) -> None:
    add("check", _check, "check the configuration")
    add("schema", _schema, "print the JSON Schema of the configuration")
    add("doctor", _doctor, "check everything that is needed, one line each")
    service = add("install-service", _install_service, "have systemd run the daemon, now and at each start")
    service.add_argument(
        "--with",
        dest="drop_in",
        action="append",
        default=[],
        choices=("voice", "gpu", "gpu-nvidia", "internet"),
        help="what else it may use; may be given several times",
    )
    service.add_argument(
        "--uninstall", action="store_true", help="take the service away; what is yours stays"
    )
    service.add_argument(
        "--root", type=Path, metavar="DIR", help="only write the files, below DIR: for packages"
    )


def _add_phrases(add: Callable[..., argparse.ArgumentParser]) -> None:
    phrases = add("phrases", _phrases, "what the house has learned to understand, or proposes to learn")
    among = phrases.add_subparsers(metavar="COMMAND")
    for name, command, text in (
        ("accept", _phrases_accept, "use a proposed phrase from now on"),
        ("forget", _phrases_forget, "forget a phrase"),
    ):
        add(name, command, text, among).add_argument("id", metavar="ID")
    export = add("export", _phrases_export, "print the phrases in use as a sentence file", among)
    export.add_argument(
        "--language", default="en", metavar="LANGUAGE", help="their language, as in en or zh-CN"
    )


def _add_record(add: Callable[..., argparse.ArgumentParser]) -> None:
    record_options(add("record", _record, "write down everything that happens on the bus, until Ctrl-C"))
    replay_options(add("replay", _replay, "what a configuration would have done with what was recorded"))


def _add_models(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    text = "models on this machine: list, measure, download, make smaller"
    among = commands.add_parser("model", help=text, description=text).add_subparsers(
        metavar="COMMAND", required=True
    )
    add("list", _model_list, "the models that there are, and whether they can be used", among)
    bench = add("bench", _model_bench, "how quick a model is here, and with how many threads", among)
    bench.add_argument("model", nargs="?", metavar="MODEL|FILE", help="which (default: the shipped one)")
    bench.add_argument(
        "--rounds", type=int, metavar="N", help="how often each prompt is asked (default: for about 20 s)"
    )
    pull = add("pull", _model_pull, "download a model into the models folder", among)
    pull.add_argument("url", metavar="URL", help="its address")
    pull.add_argument("--sha256", required=True, metavar="HEX", help="the checksum of the file")
    pull.add_argument("--name", metavar="NAME", help="what to call it (default: as in the address)")
    quantize = add("quantize", _model_quantize, "make an F32, F16 or BF16 model smaller", among)
    quantize.add_argument("source", type=Path, metavar="IN", help="the model")
    quantize.add_argument("target", type=Path, metavar="OUT", help="the file to be made")
    quantize.add_argument("--to", required=True, choices=("Q8_0", "Q4_0"), help="the form of its weights")


def _run(options: argparse.Namespace) -> int:
    from agent.cli import running

    return running.run(options.config)


def _demo(options: argparse.Namespace) -> int:
    from agent.cli import running

    return running.demo(options.config, options.house)


def _ask(options: argparse.Namespace) -> int:
    from agent.cli import talking

    return talking.ask(options)


def _parse(options: argparse.Namespace) -> int:
    from agent.cli import parsing

    return parsing.parse(options)


def _do(options: argparse.Namespace) -> int:
    from agent.cli import acting

    return acting.do(options)


def _answer(options: argparse.Namespace) -> int:
    from agent.cli import acting

    return acting.answer(options)


def _devices(options: argparse.Namespace) -> int:
    from agent.cli import looking

    return looking.problems(options) if options.problems else looking.devices(options)


def _why(options: argparse.Namespace) -> int:
    from agent.cli import looking

    return looking.why(options)


def _jobs(options: argparse.Namespace) -> int:
    from agent.cli import rules

    return rules.jobs(options)


def _pending(options: argparse.Namespace) -> int:
    from agent.cli import looking

    return looking.pending(options)


def _plugins(options: argparse.Namespace) -> int:
    from agent.cli import looking

    return looking.plugins(options)


def _health(options: argparse.Namespace) -> int:
    from agent.cli import looking

    return looking.health(options)


def _incidents(options: argparse.Namespace) -> int:
    from agent.cli import incidents

    return incidents.incidents(options)


def _phrases(options: argparse.Namespace) -> int:
    from agent.cli import phrases

    return phrases.phrases(options)


def _phrases_accept(options: argparse.Namespace) -> int:
    from agent.cli import phrases

    return phrases.accept(options)


def _phrases_forget(options: argparse.Namespace) -> int:
    from agent.cli import phrases

    return phrases.forget(options)


def _phrases_export(options: argparse.Namespace) -> int:
    from agent.cli import phrases

    return phrases.export(options)


def _model_list(options: argparse.Namespace) -> int:
    from agent.cli import models

    return models.list_models(options)


def _model_bench(options: argparse.Namespace) -> int:
    from agent.cli import models

    return models.bench(options)


def _model_pull(options: argparse.Namespace) -> int:
    from agent.cli import pulling

    return pulling.pull(options)


def _model_quantize(options: argparse.Namespace) -> int:
    from agent.cli import pulling

    return pulling.quantize(options)


def _record(options: argparse.Namespace) -> int:
    from agent.cli import recording

    return recording.record(options)


def _replay(options: argparse.Namespace) -> int:
    from agent.cli import replaying

    return replaying.replay(options)


def _check(options: argparse.Namespace) -> int:
    from agent.cli import check

    return check.check(options.config, as_json=options.json)


def _schema(_options: argparse.Namespace) -> int:
    from agent.cli import check

    return check.schema()


def _install_service(options: argparse.Namespace) -> int:
    from agent.cli import service

    return service.install_service(options)


def _doctor(options: argparse.Namespace) -> int:
    from agent import config
    from agent.cli import doctor

    return doctor.doctor(config.read(options.config), as_json=options.json)
