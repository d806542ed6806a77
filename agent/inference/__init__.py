"""Running models, whoever's: on this machine in a process of their own, or over HTTP."""
