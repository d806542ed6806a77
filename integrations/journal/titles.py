"""What an incident is called in the language of whoever asks; the bus keeps its English title. Pure."""

from pathlib import Path

from agent.api import Trust, Wordbook, Words, one_line
from integrations.journal.incident import Incident

WORDS = Wordbook(Path(__file__).parent / "words")
LONGEST = 160


def titled(incident: Incident, words: Words) -> str:
    """Its title, with all that was found in the entries, which may be a stranger's text."""
    phrase = words.word(incident.phrase, "") if incident.phrase else ""
    if words.language == "en" or not phrase:
        return incident.title
    values = dict(incident.values)
    if "why" in values:
        values["why"] = words.word(f"why_{values['why']}", values["why"])
    if "memory" in values:
        values["memory"] = values["memory"].replace("an unknown amount", words.said("unknown_amount"))
    try:
        return one_line(phrase.format_map(values), most=LONGEST)
    except (KeyError, ValueError, IndexError):
        return incident.title


def spoken(incident: Incident, words: Words) -> str:
    """What is said of it aloud: its title where that is believed, else only of which kind it is."""
    return titled(incident, words) if incident.trust > Trust.HOSTILE else words.said(f"kind_{incident.kind}")
