"""Our own topic scheme, `hearthd/<node>/...`, built and parsed here only."""

from dataclasses import dataclass

ROOT = "hearthd"


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one node."""

    node: str

    def __call__(self, *levels: str) -> str:
        """`topics("incident", key)` is `hearthd/<node>/incident/<key>`."""
        return "/".join((ROOT, self.node, *levels))
