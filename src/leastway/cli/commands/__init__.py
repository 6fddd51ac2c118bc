"""The commands, one per file; each module exports `command`."""
