"""One suite for both API servers. It is a package, so that the servers end with its last test."""
