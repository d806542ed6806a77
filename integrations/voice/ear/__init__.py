"""The ear: a process of its own that takes audio and gives text; the daemon starts it and hears it."""
