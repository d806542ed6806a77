"""Hermes, the protocol of Rhasspy 2 and Snips: we are the base station of their satellites.

wire ─▸ dialogue ─▸ asr ─▸ nlu ─▸ the house     frames: a satellite's sound on its way to the ear
             └────▸ tts ◂──────────┘            messages, intents: what comes in, what goes out
"""
