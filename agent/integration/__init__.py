"""How integrations are found, checked, started and fenced."""
