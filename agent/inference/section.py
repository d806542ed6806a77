"""The `models:` section: which models there are, which is asked for what, and how much an answer may cost."""

import re
from dataclasses import fields
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from agent.inference.choice import Library
from agent.inference.process import ModelFile
from agent.inference.runner import Limits
from agent.section import AbsolutePath, Section

Role = Literal["shipped", "intent", "chat"]
"""What a model is asked for; `shipped`: to understand a sentence as only the shipped one can."""
SHIPPED = "shipped"
"""The name of the model that comes with hearthd, which no other may have."""
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


Tokens = Annotated[int, Field(ge=1, le=32_768)]
Temperature = Annotated[float, Field(ge=0, le=2)]
Seconds = Annotated[float, Field(gt=0, le=600)]


class FileConfig(Section):
    """A model in a GGUF file on this machine."""

    kind: Literal["gpt4all"]
    """What runs it."""
    library: Library = "auto"
    """What of; llama-cpp comes with `hearthd[llama]`. auto: gpt4all where it can, otherwise llama-cpp."""
    path: AbsolutePath = Field(examples=["/var/lib/hearthd/models/qwen2.5-1.5b-q4_0.gguf"])
    """The file. Nothing is ever downloaded."""
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-fA-F]{64}$")
    """The file's checksum; a file with another one is not loaded."""
    context: int = Field(default=4096, ge=64, le=131_072)
    """How many tokens of question and answer it holds."""
    threads: int = Field(default=1, ge=1, le=64)
    """How many threads it computes with. More than one pays for large models on a machine that is idle."""
    gpu: Literal["none", "auto", "all"] | Annotated[int, Field(ge=1, le=999)] = "none"
    """What a GPU computes: `auto`: all of it where there is one; `all`; or so many layers; `none`."""
    memory_limit_mb: int | None = Field(default=None, ge=64)
    """Above this much memory it is not loaded, or started anew."""
    keep_alive: float | None = Field(default=None, gt=0)
    """Seconds without a question after which it is unloaded. Default: never."""
    preload: bool = False
    """Whether it is loaded at the start, in the background; otherwise with the first question."""
    template: str = "<|im_start|>user\n%1<|im_end|>\n<|im_start|>assistant\n%2"
    """What stands around a question, at `%1`; the answer is at `%2`. Default: ChatML, as for Qwen."""
    system_template: str = "<|im_start|>system\n%1<|im_end|>\n%2"
    """What stands around the part of the question that stays the same."""

    @field_validator("template", "system_template")
    @classmethod
    def _has_its_places(cls, template: str) -> str:
        if template.count("%1") != 1 or not template.endswith("%2") or template.count("%2") != 1:
            raise ValueError(f"{template!r} needs %1 once, and %2 at its end")
        return template

    @classmethod
    def of(cls, file: ModelFile, *, keep_alive: float | None, preload: bool) -> Self:
        """The configuration that says to run `file`."""
        shared = {name: getattr(file, name) for name in _OF_FILE}
        return cls(kind="gpt4all", keep_alive=keep_alive, preload=preload, **shared)

    @property
    def file(self) -> ModelFile:
        """What is run, and how."""
        return ModelFile(**{name: getattr(self, name) for name in _OF_FILE})


class ServerConfig(Section):
    """A model behind a server with OpenAI's interface."""

    kind: Literal["openai"]
    """How it is spoken to."""
    url: str = Field(examples=["http://localhost:11434/v1"])
    """The server's address, up to and with `/v1`."""
    model: str = Field(min_length=1, examples=["qwen2.5:3b"])
    """What the model is called there."""
    api_key: SecretStr | None = None
    """The key, where the server wants one."""
    timeout: float = Field(default=30.0, gt=0, le=600)
    """Seconds that one attempt may take."""
    logprobs: bool = False
    """Whether it is asked how likely its answers are. Some servers refuse a request that asks."""
    at_once: int = Field(default=2, ge=1, le=64)
    """How many questions it gets at the same time."""

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        try:
            found = urlsplit(url)
            right = found.scheme in ("http", "https") and bool(found.hostname) and found.port != 0
        except ValueError:
            right = False
        if not right or re.search(r"[\s\x00-\x1f\x7f]", url):
            raise ValueError(f"{url!r} is no address; 'http://localhost:11434/v1' would be right")
        if "@" in found.netloc or found.query or found.fragment:
            raise ValueError("a key does not belong into the address but into api_key")
        return url

    @field_validator("api_key")
    @classmethod
    def _fits_a_header(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not re.fullmatch(r"[!-~]+", key.get_secret_value()):
            raise ValueError("the key holds spaces or characters that no key has")
        return key


_OF_FILE = tuple(one.name for one in fields(ModelFile) if one.name in FileConfig.model_fields)
"""What a configuration says of the file itself."""
Provider = Annotated[FileConfig | ServerConfig, Field(discriminator="kind")]


class ShippedConfig(Section):
    """The small model that comes with hearthd."""

    enabled: bool = True
    """Whether it reads what no sentence template fits."""
    preload: bool = False
    """Whether it is loaded at the start, in the background; otherwise when it is first needed."""
    keep_alive: float | None = Field(default=600.0, gt=0)
    """Seconds without a question after which it is unloaded; null: never."""


class RolesConfig(Section):
    """Which model is asked for what."""

    intent: Name | None = None
    """For understanding a sentence. Default: `primary`."""
    chat: Name | None = None
    """For answering in words what nothing understood, and for explaining what "diagnose ..." found.

    It is told what was said, and what was found: lines of logs, too. Default: nobody is asked for that."""


class BudgetConfig(Section):
    """How much one answer may cost."""

    max_tokens: Tokens
    """How long it may be."""
    temperature: Temperature
    """0 for the likeliest words, more for others."""
    deadline: Seconds
    """Seconds to the whole of it."""

    def limits(self) -> Limits:
        """What a runner is told."""
        return Limits(max_tokens=self.max_tokens, temperature=self.temperature, deadline=self.deadline)


class ShippedBudget(BudgetConfig):
    """Understanding a sentence, by the model that comes with hearthd."""

    max_tokens: Tokens = 64
    """How long it may be."""
    temperature: Temperature = 0.0
    """0 for the likeliest words, more for others."""
    deadline: Seconds = 1.0
    """Seconds to the whole of it."""


class IntentBudget(BudgetConfig):
    """Understanding a sentence, by a model of yours."""

    max_tokens: Tokens = 256
    """How long it may be."""
    temperature: Temperature = 0.0
    """0 for the likeliest words, more for others."""
    deadline: Seconds = 8.0
    """Seconds to the whole of it."""


class VoiceBudget(BudgetConfig):
    """An answer in words that is spoken."""

    max_tokens: Tokens = 60
    """How long it may be."""
    temperature: Temperature = 0.3
    """0 for the likeliest words, more for others."""
    deadline: Seconds = 8.0
    """Seconds to the whole of it."""


class ScreenBudget(BudgetConfig):
    """An answer in words that is read: to whatever was not said aloud."""

    max_tokens: Tokens = 400
    """How long it may be."""
    temperature: Temperature = 0.5
    """0 for the likeliest words, more for others."""
    deadline: Seconds = 30.0
    """Seconds to the whole of it."""


class BackgroundBudget(BudgetConfig):
    """Work that nobody waits for: a diagnosis explained."""

    max_tokens: Tokens = 1000
    """How long it may be."""
    temperature: Temperature = 0.3
    """0 for the likeliest words, more for others."""
    deadline: Seconds = 300.0
    """Seconds to the whole of it."""


class BudgetsConfig(Section):
    """How much an answer may cost, by what it is for."""

    shipped: ShippedBudget = ShippedBudget()
    """Understanding a sentence, by the model that comes with hearthd."""
    intent: IntentBudget = IntentBudget()
    """Understanding a sentence, by a model of yours."""
    voice: VoiceBudget = VoiceBudget()
    """An answer in words that is spoken."""
    screen: ScreenBudget = ScreenBudget()
    """An answer in words that is read: to whatever was not said aloud."""
    background: BackgroundBudget = BackgroundBudget()
    """Work that nobody waits for: a diagnosis explained."""


class ModelsConfig(Section):
    """The `models:` section."""

    shipped: ShippedConfig = ShippedConfig()
    """The model that comes with hearthd. It is asked before any other."""
    providers: dict[Name, Provider] = Field(default_factory=dict)
    """The models there are, by a name of your own."""
    primary: Name | None = None
    """The one that is asked first. Default: the only one there is."""
    fallback: tuple[Name, ...] = ()
    """Those that are asked, in this order, when it has no answer."""
    roles: RolesConfig = RolesConfig()
    """Other choices than `primary`, by what is asked."""
    budgets: BudgetsConfig = BudgetsConfig()
    """How much an answer may cost."""
    queue: int = Field(default=32, ge=1, le=1000)
    """How many questions may wait for one model."""
    remembered: int = Field(default=512, ge=0, le=100_000)
    """How many answers are kept for when the same is asked again."""

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Self:
        if SHIPPED in self.providers:
            raise ValueError(f"{SHIPPED!r} is the model that comes with hearthd; give yours another name")
        for where, name in (
            ("primary", self.primary),
            ("roles.intent", self.roles.intent),
            ("roles.chat", self.roles.chat),
            *(("fallback", one) for one in self.fallback),
        ):
            if name is not None and name not in self.providers:
                known = ", ".join(self.providers) or "none"
                raise ValueError(f"{where}: there is no provider {name!r}; there are: {known}")
        return self

    def asked_for(self, role: Role) -> tuple[str, ...]:
        """The providers to ask, in order; none where nothing is configured."""
        if role == "shipped":
            return (SHIPPED,) if self.shipped.enabled else ()
        if role == "chat" and self.roles.chat is None:
            return ()
        only = next(iter(self.providers)) if len(self.providers) == 1 else None
        first = getattr(self.roles, role) or self.primary or only
        return tuple(dict.fromkeys(one for one in (first, *self.fallback) if one is not None))
