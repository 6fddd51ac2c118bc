"""One rule a file; each module has a `RULE`."""
