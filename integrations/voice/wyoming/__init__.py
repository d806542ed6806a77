"""Satellites that speak wyoming."""
