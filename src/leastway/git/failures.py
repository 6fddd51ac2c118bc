"""What went wrong at a source, in the words of Git and ssh, with what to do. They change; an unknown one is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from leastway.errors import LeastwayError
from leastway.git.remote import Remote
from leastway.isolation import Ended, Exit

__all__ = ["failure"]

_KNOWN = (
    (
        r"could not read (Username|Password)|Authentication failed|returned error: 40[13]",
        "check the credential, and that it may read the repository",
    ),
    (r"Permission denied \(publickey", "register the public key of the ssh key with the repository"),
    (r"Host key verification failed|host key", "compare the pinned keys with those that the host publishes"),
    (r"returned error: 30\d|redirect", "write the address to which the host redirects"),
    (
        r"[Rr]epository .*not found|returned error: 404|does not appear to be a git repository",
        "check the address, and that the credential may read it",
    ),
    (
        r"couldn't find remote ref|not our ref|unadvertised object|bad revision|Not a valid object|not a valid",
        "check the revision",
    ),
    (r"certificate|SSL|TLS", "check the host's certificate; the operator of the server can add authorities"),
    (r"index-pack|fsck|unpack|corrupt", "check the repository: git fsck"),
)
_PREFIX = re.compile(r"^(?:fatal|error|remote|ERROR): *", re.MULTILINE)


def failure(lines: Sequence[str], ended: Exit, remote: Remote, seconds: float) -> LeastwayError:
    """Return the error for a fetch that ended with these lines on stderr."""
    if ended.ended is Ended.TIME:
        return LeastwayError(
            f"the source was not fetched within {seconds:g} seconds",
            where=remote.url,
            fix="try again, or make it smaller",
        )
    said = [_PREFIX.sub("", line).strip() for line in lines if line.strip()]
    for pattern, fix in _KNOWN:
        for line in reversed(said):
            if re.search(pattern, line):
                return LeastwayError(f"the source cannot be fetched: {line}", where=remote.url, fix=fix)
    last = said[-1] if said else f"git ended {ended.ended}, with {ended.code}"
    return LeastwayError(f"the source cannot be fetched: {last}", where=remote.url)
