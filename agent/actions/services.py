"""The catalogue of services."""

SERVICES: dict[str, object] = {}
