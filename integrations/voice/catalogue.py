"""Models of Vosk that can be pulled by name: the small ones, and the one for English that is in between.

Their authors sign nothing. A checksum stands here only where at least two who have nothing to do with each
other (recipes of distributions, mirrors, applications) publish the same one; for the others there is none.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

PLACE: Final = "https://alphacephei.com/vosk/models"


@dataclass(frozen=True, slots=True)
class Offered:
    """A model that can be pulled by its name."""

    name: str
    language: str
    size_mb: int
    """Of the download."""
    sha256: str | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{PLACE}/{self.name}.zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """A model that is in its place."""

    name: str
    folder: Path
    language: str | None
    """As its name or itself says."""
    sha256: str | None
    """Of the archive; None if there was none to be had."""
    come: bool
    """Whether it was downloaded now."""


CATALOGUE: Final = {
    one.name: one
    for one in (
        Offered(
            "vosk-model-small-en-us-0.15",
            "en",
            41,
            "30f26242c4eb449f948e42cb302dd7a686cb29a3423a8367f99ff41780942498",
        ),
        Offered(
            "vosk-model-en-us-0.22-lgraph",
            "en",
            131,
            "d9838b4aaa82a75c4a17f5aca300eaca129aaab2a7cbf951bafbb500eb9c4334",
        ),
        Offered(
            "vosk-model-small-en-in-0.4",
            "en",
            38,
            "20663dcac4d5cb783a579c54d98339344a688e4ec6e1b4a4b059fd1235454cc7",
        ),
        Offered(
            "vosk-model-small-cn-0.22",
            "zh",
            44,
            "3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba",
        ),
        Offered(
            "vosk-model-small-de-0.15",
            "de",
            46,
            "b7e53c90b1f0a38456f4cd62b366ecd58803cd97cd42b06438e2c131713d5e43",
        ),
        Offered(
            "vosk-model-small-fr-0.22",
            "fr",
            42,
            "cabf6180e177eb9b3a9a9d43a437bd5e549f3a7d09525e5d69a3fed787be12ad",
        ),
        Offered(
            "vosk-model-small-es-0.42",
            "es",
            40,
            "09b239888f633ef2f0b4e09736e3d9936acfd810bc65d53fad45261762c6511f",
        ),
        Offered(
            "vosk-model-small-it-0.22",
            "it",
            50,
            "9ec65e75861d1c6c2e457cccd932705340dcdf233f5b239f00733b4de0bf3267",
        ),
        Offered(
            "vosk-model-small-pt-0.3",
            "pt",
            32,
            "6e1ce909032e1afa7a88e68a3d628ecafff302bdf195befab308826c395e93b7",
        ),
        Offered(
            "vosk-model-small-nl-0.22",
            "nl",
            40,
            "039811c3b829de64e4f123a9f684a53784005b212a346ac0b899dc7efce2ed0a",
        ),
        Offered(
            "vosk-model-small-ru-0.22",
            "ru",
            46,
            "961d5ff98a17f4aa6de69864d0aa71fa5bac682301d2b5d17a3f24c5c99a46d4",
        ),
        Offered(
            "vosk-model-small-uk-v3-nano",
            "uk",
            78,
            "d6b50be0a2d20f891720f3a83c98290bb2d396fd666142dbf716e8ad302f8233",
        ),
        Offered("vosk-model-small-uk-v3-small", "uk", 144),
        Offered(
            "vosk-model-small-pl-0.22",
            "pl",
            53,
            "c4cd16498ea544f446f9e9a55cbd602b71cfe5a2b6f2b0834d81e1b6fce15f0d",
        ),
        Offered(
            "vosk-model-small-cs-0.4-rhasspy",
            "cs",
            46,
            "287c3bbefc8ad67b4ab9636eecef3d62acc3719990777d03e226db5a7f19fbda",
        ),
        Offered(
            "vosk-model-small-tr-0.3",
            "tr",
            37,
            "8c8d07cec1bce31add14967c16891c84152cdf76d391e33c08278119b9ea96e5",
        ),
        Offered(
            "vosk-model-small-ca-0.4",
            "ca",
            43,
            "99f90bfff5c2b187c705ddbc20aaa2600eddc359466f404404f1db6029fba5d4",
        ),
        Offered("vosk-model-small-sv-rhasspy-0.15", "sv", 304),
        Offered(
            "vosk-model-small-hi-0.22",
            "hi",
            44,
            "7c50a10866889f0ac21d912c20537a055a597ed09fc1d3e5bcd798f9f0017e48",
        ),
        Offered(
            "vosk-model-small-ja-0.22",
            "ja",
            50,
            "efa092d280153a77615e9e0c7d7283e93e600de3d19d3bec686c57ef19d52eac",
        ),
        Offered(
            "vosk-model-small-ko-0.22",
            "ko",
            87,
            "eea36124087fed26c59996a4761519458e3bd185e8ea9d9865ad8760c4a1d989",
        ),
        Offered(
            "vosk-model-small-vn-0.4",
            "vi",
            34,
            "efe5c8494212110471a79befc48c79da679e5b1fc52a4ffb500222ff86d622e5",
        ),
    )
}
"""By name."""
