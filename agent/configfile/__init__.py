"""Configuration as files: YAML with line numbers, tags and merging, and mistakes told by file and line."""
