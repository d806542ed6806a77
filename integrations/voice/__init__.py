"""Voice: what people say is heard through a microphone or a satellite, done, and answered aloud.

    microphone ─┐                        ┌ heard ─ Talking ─ house.say ─ Reply ─ speaking ─ loudspeaker
    satellite ──┴ ear: wake ▸ VAD ▸ text ┘                                       └──────── satellite

All that could hang or crash is in the ear, a process of its own.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    # The ear is in this package too, and would carry the daemon about with it.
    if name == "INTEGRATION":
        from integrations.voice.integration import Voice

        return Voice
    raise AttributeError(name)
