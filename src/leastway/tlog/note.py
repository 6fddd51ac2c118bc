"""Signed notes: a text and the signatures below it, and the keys that make and check them (c2sp.org/signed-note).

Two types of signature are known: a log's own, Ed25519 over the text (0x01), and a witness's cosignature, which carries
the time at which it was made (0x04, c2sp.org/tlog-cosignature). Signatures of unknown keys are ignored, as the format
demands. A wrong signature by a known key refuses the whole note.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from leastway.errors import InvalidInputError, LeastwayError

__all__ = [
    "NoteError",
    "Signature",
    "SignatureType",
    "SignedNote",
    "Signer",
    "VerifierKey",
    "read_note",
    "strict_base64",
]

_MAX_NOTE = 1 << 20
_MAX_SIGNATURES = 64
_KEY_SIZE = 32
_KEY_ID_SIZE = 4
_TIME_SIZE = 8
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_DASH = "\N{EM DASH}"


class NoteError(LeastwayError):
    """A signed note that cannot be read, or whose signatures do not hold."""


class SignatureType(enum.IntEnum):
    """What a key signs."""

    LOG = 0x01
    """The text of a note, by its author."""
    WITNESS = 0x04
    """A checkpoint that a witness saw to be consistent, with the time."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a key: who signs with it, what it signs, and its 32 bytes."""

    name: str
    type: SignatureType
    public_key: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that identify the key in a signature, together with its name."""
        return hashlib.sha256(self.name.encode() + b"\n" + self._material).digest()[:_KEY_ID_SIZE]

    @property
    def _material(self) -> bytes:
        return bytes([self.type]) + self.public_key

    def __str__(self) -> str:
        """Return the key in one line, as `read` takes it."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self._material).decode()}"

    @classmethod
    def read(cls, text: str) -> VerifierKey:
        """Return the key that one line of text spells: NAME+ID+BASE64. Errors: InvalidInputError."""
        fix = "copy the whole line that the log's owner published, as in example.com/log+1a2b3c4d+AQ..."
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        material = strict_base64(encoded)
        if not _is_name(name) or material is None or not material:
            raise InvalidInputError("the verifier key is not valid", where=text, fix=fix)
        if material[0] not in {each.value for each in SignatureType} or len(material) != 1 + _KEY_SIZE:
            known = "only Ed25519 keys of logs (type 1) and witnesses (type 4) are supported"
            raise InvalidInputError(f"the verifier key is of an unknown type: {known}", where=text, fix=fix)
        key = cls(name, SignatureType(material[0]), material[1:])
        if key.id.hex() != key_id:
            raise InvalidInputError(f"the verifier key has the id {key.id.hex()}, not {key_id}", where=text, fix=fix)
        return key

    def has_signed(self, text: str, signature: Signature) -> bool:
        """Whether the signature, which names this key, holds for the text."""
        message, signed = text.encode(), signature.value
        if self.type is SignatureType.WITNESS:
            if len(signed) != _TIME_SIZE + 64:
                return False
            message, signed = _timed(text, int.from_bytes(signed[:_TIME_SIZE], "big")), signed[_TIME_SIZE:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signed, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signature:
    """One line below a note: the name of a key, its id, and the bytes that it made."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        """Return the line, without its end."""
        return f"{_DASH} {self.name} {base64.b64encode(self.key_id + self.value).decode()}"

    @property
    def witnessed_at(self) -> datetime:
        """When a witness made it. Only for signatures of witnesses. Errors: ValueError for an impossible time."""
        try:
            return datetime.fromtimestamp(int.from_bytes(self.value[:_TIME_SIZE], "big"), UTC)
        except (OverflowError, OSError) as error:
            raise ValueError("the time of the cosignature is out of range") from error


class Signer:
    """A private key with its name. It never prints the key."""

    __slots__ = ("_private_key", "key")

    def __init__(self, name: str, private_key: bytes, kind: SignatureType = SignatureType.LOG) -> None:
        """Sign as `name` with the 32 bytes of an Ed25519 private key.

        Errors: ValueError for a name with spaces, + or control characters, or a key of another length.
        """
        if not _is_name(name):
            raise ValueError(f"{name!r} is not a name for a key: it may not have spaces, + or control characters")
        self._private_key = Ed25519PrivateKey.from_private_bytes(private_key)
        self.key = VerifierKey(name, kind, self._private_key.public_key().public_bytes_raw())

    def sign(self, text: str, *, at: datetime | None = None) -> Signature:
        """Return the signature of a text that ends with a newline; a witness names the time."""
        if self.key.type is SignatureType.LOG:
            return Signature(self.key.name, self.key.id, self._private_key.sign(text.encode()))
        if at is None:
            raise ValueError("a witness signs the time, too")
        seconds = int(at.timestamp())
        value = seconds.to_bytes(_TIME_SIZE, "big") + self._private_key.sign(_timed(text, seconds))
        return Signature(self.key.name, self.key.id, value)

    def __repr__(self) -> str:
        return f"Signer({self.key.name})"


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text, which ends with a newline, and the signatures below it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        """Return the note as it is written, its last newline included."""
        return f"{self.text}\n" + "".join(f"{each}\n" for each in self.signatures)

    def signed_by(self, keys: Iterable[VerifierKey]) -> tuple[tuple[VerifierKey, Signature], ...]:
        """Return the signatures of these keys, each with its key, after checking every one.

        Signatures of other keys are ignored. Errors: NoteError where a signature of one of the keys does not hold.
        """
        known = {(key.name, key.id): key for key in keys}
        found: dict[VerifierKey, Signature] = {}
        for signature in self.signatures:
            key = known.get((signature.name, signature.key_id))
            if key is None:
                continue
            if not key.has_signed(self.text, signature):
                raise NoteError(f"the signature of {key.name} does not match the text")
            found.setdefault(key, signature)
        return tuple(found.items())


def read_note(data: bytes, *, where: str | None = None) -> SignedNote:
    """Return the note that the bytes spell; its signatures are not checked yet. Errors: NoteError."""
    if len(data) > _MAX_NOTE:
        raise NoteError(f"the note has more than {_MAX_NOTE} bytes", where=where)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise NoteError("the note is not valid UTF-8", where=where) from error
    if _CONTROL.search(text):
        raise NoteError("the note has control characters", where=where)
    body, blank, below = text.rpartition("\n\n")
    if not blank or not below.endswith("\n"):
        raise NoteError("the note has no signatures below a blank line", where=where)
    lines = below.removesuffix("\n").split("\n")
    if len(lines) > _MAX_SIGNATURES:
        raise NoteError(f"the note has more than {_MAX_SIGNATURES} signatures", where=where)
    return SignedNote(f"{body}\n", tuple(_signature(line, where) for line in lines))


def _signature(line: str, where: str | None) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    value = strict_base64(encoded)
    if dash != _DASH or not _is_name(name) or value is None or len(value) <= _KEY_ID_SIZE:
        raise NoteError("a line below the note is not a signature", where=where)
    return Signature(name, value[:_KEY_ID_SIZE], value[_KEY_ID_SIZE:])


def _is_name(text: str) -> bool:
    return bool(text) and "+" not in text and text.isprintable() and not any(letter.isspace() for letter in text)


def _timed(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def strict_base64(text: str) -> bytes | None:
    """Return what a Base64 text spells, or None where it is not the one canonical spelling (RFC 4648, section 3.5)."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return value if base64.b64encode(value).decode() == text else None
