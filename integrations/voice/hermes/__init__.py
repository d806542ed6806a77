"""Satellites that speak hermes."""
