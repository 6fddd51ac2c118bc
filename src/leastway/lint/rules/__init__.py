"""The rules of the linter, one per file; each module has a `RULE`."""
