"""Configuration as files and variables: what is written, where it is written, and what is wrong with it.

text --yaml--> tree --reader: tags, includes--> a tree for each file --sources--> one merged tree --> pydantic
what pydantic finds wrong --explain--> mistakes: file, line, key, what is wrong, what would be right
"""
