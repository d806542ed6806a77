"""The Vosk models that there are, and which is used."""

from pathlib import Path

from integrations.voice.section import Stt

CALLED = {"zh": "cn", "uk": "ua", "cs": "cz", "kk": "kz", "vi": "vn"}
"""Languages that models of Vosk may be called otherwise."""


def chosen_model(stt: Stt, folder: Path, language: str) -> Path | None:
    """The folder of the model for `language`; None if there is none.

    One that is configured is told as it is, also where there is nothing: whoever opens it says so.

    Args:
        stt: what is configured.
        folder: where models that were pulled lie.
        language: as in en or zh-CN.
    """
    if stt.engine in {"pocketsphinx", "wyoming", "none"}:
        return None
    if stt.model is not None:
        return folder / Path(stt.model).expanduser()
    fitting = [one for one in pulled(folder) if speaks(one.name, language)]
    return max(fitting, key=lambda one: one.stat().st_mtime, default=None)


def pulled(folder: Path) -> list[Path]:
    """Every model in `folder`, by name."""
    try:
        found = sorted(folder.iterdir())
    except OSError:
        return []
    return [one for one in found if (one / "am" / "final.mdl").is_file() or (one / "final.mdl").is_file()]


def speaks(name: str, language: str) -> bool:
    """Whether a model of that name, as in vosk-model-small-en-us-0.15, is of `language`."""
    code = language.casefold().partition("-")[0]
    return not {code, CALLED.get(code, code)}.isdisjoint(name.casefold().split("-"))
