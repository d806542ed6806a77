"""What happened, in files: bus and journal written down, read back, and lived again in virtual time."""
