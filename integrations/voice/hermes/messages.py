"""What satellites and skills send us: JSON of Hermes, in which most may be left out or null."""

import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

MOST_PAYLOAD = 32 * 1024
"""Bytes of JSON in one message."""
MOST_TEXT = 2_000
"""Letters that are said in one go, by us or to us."""
DEFAULT_SITE = "default"
_ID = re.compile(r"[^/+#\x00-\x1f\x7f-\x9f]{1,100}")
T = TypeVar("T")


def is_level(text: str) -> bool:
    """Whether `text` can stand as one level of a topic, as the names of sites do."""
    return _ID.fullmatch(text) is not None and text.isprintable()


def _level(text: str) -> str:
    if not is_level(text):
        raise ValueError(f"{text[:40]!r} can't stand in a topic: no '/', '+', '#', and 100 letters at most")
    return text


def _or(default: T) -> BeforeValidator:
    """Null is the same as nothing."""
    return BeforeValidator(lambda given: default if given is None else given)


Level = Annotated[str, BeforeValidator(lambda given: _level(given) if isinstance(given, str) else given)]
Site = Annotated[Level, _or(DEFAULT_SITE)]
Id = Annotated[str, StringConstraints(max_length=200), _or("")]
Text = Annotated[str, StringConstraints(max_length=MOST_TEXT), _or("")]
CustomData = Annotated[str, StringConstraints(max_length=8_000)]
Language = Annotated[
    str, StringConstraints(pattern=r"^([A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,3})?$"), _or("")
]
Names = Annotated[
    tuple[Annotated[str, StringConstraints(max_length=200)], ...], Field(max_length=200), _or(())
]
Flag = Annotated[bool, _or(False)]  # noqa: FBT003  # a default
Share = Annotated[float, Field(ge=0, le=1)]


class _Message(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True, allow_inf_nan=False
    )


class Notification(_Message):
    """A session in which something is told."""

    type: Literal["notification"]
    text: Text = ""


class Talk(_Message):
    """A session in which somebody is listened to."""

    type: Literal["action"] = "action"
    text: Text = ""
    intent_filter: Names = ()
    can_be_enqueued: Flag = False
    send_intent_not_recognized: Flag = False


class StartSession(_Message):
    """`hermes/dialogueManager/startSession`."""

    init: Notification | Talk
    site_id: Site = DEFAULT_SITE
    custom_data: CustomData | None = None
    lang: Language = ""


class ContinueSession(_Message):
    """`hermes/dialogueManager/continueSession`."""

    session_id: Id
    text: Text = ""
    intent_filter: Names = ()
    send_intent_not_recognized: Flag = False
    custom_data: CustomData | None = None
    lang: Language = ""


class EndSession(_Message):
    """`hermes/dialogueManager/endSession`."""

    session_id: Id
    text: Text = ""
    custom_data: CustomData | None = None


class Detected(_Message):
    """`hermes/hotword/<wakewordId>/detected`."""

    site_id: Site = DEFAULT_SITE
    session_id: Id = ""
    lang: Language = ""


class StartListening(_Message):
    """`hermes/asr/startListening`."""

    site_id: Site = DEFAULT_SITE
    session_id: Id = ""
    stop_on_silence: Annotated[bool, _or(True)] = True  # noqa: FBT003  # a default
    lang: Language = ""


class StopListening(_Message):
    """`hermes/asr/stopListening`."""

    site_id: Site = DEFAULT_SITE
    session_id: Id = ""


class Query(_Message):
    """`hermes/nlu/query`."""

    input: Text
    site_id: Site = DEFAULT_SITE
    id: Id = ""
    session_id: Id = ""
    intent_filter: Names = ()
    asr_confidence: Share | None = None
    lang: Language = ""


class Say(_Message):
    """`hermes/tts/say`."""

    text: Text
    site_id: Site = DEFAULT_SITE
    id: Id = ""
    session_id: Id = ""
    volume: Share | None = None
    lang: Language = ""


class Feedback(_Message):
    """`hermes/feedback/sound/toggleOn`, `toggleOff`."""

    site_id: Site = DEFAULT_SITE


class PlayFinished(_Message):
    """`hermes/audioServer/<siteId>/playFinished`."""

    id: Id = ""


M = TypeVar("M", bound=_Message)


def read(kind: type[M], found: Any) -> M:
    """`found` as a message of that kind.

    Raises:
        ValueError: it is none; the text says in one line why.
    """
    try:
        return kind.model_validate(found)
    except ValueError as error:
        raise ValueError(_why(error)) from None


def _why(error: ValueError) -> str:
    errors = getattr(error, "errors", None)
    if errors is None:
        return str(error)
    first = errors()[0]
    where = ".".join(str(one) for one in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
