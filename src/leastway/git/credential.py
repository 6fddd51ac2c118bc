"""What proves to a source's host who asks: a password or token for https, a key for ssh, with the host's own keys.

They are files in the memory of one sandbox, for the time of one fetch: never in a URL, an argument, a configuration
file or a log. A key with a passphrase is refused, because nobody is there to type it.
Sources: gitcredentials(7), ssh_config(5), sshd(8) "SSH_KNOWN_HOSTS FILE FORMAT", OpenSSH's PROTOCOL.key.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from leastway.errors import InvalidInputError
from leastway.primitives import Secret

__all__ = ["GitAccess", "Password", "SshKey"]

_HOST_KEY = re.compile(r"(?P<type>(?:ssh|ecdsa|sk)-[a-z0-9@.-]+) (?P<key>[A-Za-z0-9+/]+={0,2})(?: .*)?")
_OPENSSH = re.compile(r"-----BEGIN OPENSSH PRIVATE KEY-----(.*?)-----END OPENSSH PRIVATE KEY-----", re.DOTALL)
_MAGIC = b"openssh-key-v1\0"
_ANY_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*-----END [A-Z ]*PRIVATE KEY-----\s*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Password:
    """A password or token for https. Hosts that take tokens ignore the user's name, but need one."""

    password: Secret
    user: str = "git"

    def __post_init__(self) -> None:
        if any(character in self.user + self.password.reveal() for character in "\0\r\n"):
            raise InvalidInputError("the user or the password of a source contains the end of a line")


@dataclass(frozen=True, slots=True, kw_only=True)
class SshKey:
    """A private key for ssh, in one of the formats that OpenSSH reads. Raises InvalidInputError for another."""

    key: Secret

    def __post_init__(self) -> None:
        text = self.key.reveal().replace("\r\n", "\n")
        if _ANY_KEY.fullmatch(text.strip()) is None:
            raise InvalidInputError("the ssh key of a source is not a private key in PEM or OpenSSH format")
        if _has_passphrase(text):
            raise InvalidInputError(
                "the ssh key of a source has a passphrase", fix="store a key without one: ssh-keygen -p -N '' -f FILE"
            )

    def content(self) -> bytes:
        """Return the file that ssh reads."""
        return self.key.reveal().replace("\r\n", "\n").strip().encode() + b"\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitAccess:
    """How a source is reached: a credential or none, and the keys of an ssh host.

    `host_keys` are lines `TYPE KEY` as in a known_hosts file, without the host. Raises InvalidInputError for others.
    """

    credential: Password | SshKey | None = None
    host_keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in self.host_keys:
            if _HOST_KEY.fullmatch(line) is None:
                raise InvalidInputError(
                    "a key of a source's host is not of the form `TYPE KEY`",
                    where=line,
                    fix="write what ssh-keyscan prints after the host, and compare it with what the host publishes",
                )

    def known_hosts(self, name: str) -> bytes:
        """Return a known_hosts file for a host that is known by `name`."""
        keys = [found for line in self.host_keys if (found := _HOST_KEY.fullmatch(line)) is not None]
        return "".join(f"{name} {found['type']} {found['key']}\n" for found in keys).encode()


def _has_passphrase(text: str) -> bool:
    if "ENCRYPTED" in text:
        return True
    if (found := _OPENSSH.search(text)) is None:
        return False
    try:
        content = base64.b64decode("".join(found[1].split()), validate=True)
    except ValueError as error:  # also for letters that are not of base64
        raise InvalidInputError("the ssh key of a source is damaged: it is not valid base64") from error
    cipher = content.removeprefix(_MAGIC)
    return cipher[4 : 4 + int.from_bytes(cipher[:4])] != b"none"
