"""Signed notes and keys, against the example of the specification and against all that may be wrong with one."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from leastway.errors import InvalidInputError
from leastway.tlog import NoteError, Signature, SignatureType, SignedNote, Signer, VerifierKey, read_note

_PUBLISHED_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
_PUBLISHED = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
"""The example of c2sp.org/signed-note."""
_LOG = Signer("example.com/log", bytes(range(32)))
_WITNESS = Signer("witness.example/w1", bytes(range(1, 33)), SignatureType.WITNESS)
_AT = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
_TEXT = "one line\n\nand one more\n"


def _note(*signatures: Signature) -> SignedNote:
    return SignedNote(_TEXT, signatures)


def test_published_note_is_signed_by_the_published_key() -> None:
    key = VerifierKey.read(_PUBLISHED_KEY)
    note = read_note(_PUBLISHED.encode())
    assert str(key) == _PUBLISHED_KEY
    assert str(note) == _PUBLISHED
    assert [each for each, _ in note.signed_by([key])] == [key]


def test_published_note_with_one_letter_changed_is_rejected() -> None:
    note = read_note(_PUBLISHED.replace("example message", "example messagE").encode())
    with pytest.raises(NoteError, match=r"signature of example\.com/foo does not match"):
        note.signed_by([VerifierKey.read(_PUBLISHED_KEY)])


def test_a_note_is_read_back_and_its_signatures_hold() -> None:
    note = _note(_LOG.sign(_TEXT), _WITNESS.sign(_TEXT, at=_AT))
    again = read_note(str(note).encode())
    assert again == note
    assert [key for key, _ in again.signed_by([_WITNESS.key, _LOG.key])] == [_LOG.key, _WITNESS.key]
    assert again.signatures[1].witnessed_at == _AT


def test_signatures_of_unknown_keys_are_ignored() -> None:
    same_name = Signer("example.com/log", bytes(32))
    note = _note(same_name.sign(_TEXT))
    assert note.signed_by([_LOG.key]) == ()


def test_a_wrong_signature_of_a_known_key_rejects_the_note_even_next_to_a_right_one() -> None:
    right = _LOG.sign(_TEXT)
    wrong = Signature(right.name, right.key_id, bytes(64))
    with pytest.raises(NoteError, match="does not match the text"):
        _note(right, wrong).signed_by([_LOG.key])


def test_a_cosignature_holds_for_its_own_time_alone() -> None:
    signed = _WITNESS.sign(_TEXT, at=_AT)
    later = Signature(signed.name, signed.key_id, (1).to_bytes(8, "big") + signed.value[8:])
    with pytest.raises(NoteError, match="does not match the text"):
        _note(later).signed_by([_WITNESS.key])


def test_one_key_has_different_ids_for_logs_and_witnesses() -> None:
    secret = bytes(range(32))
    log, witness = Signer("a", secret).key, Signer("a", secret, SignatureType.WITNESS).key
    assert log.public_key == witness.public_key
    assert log.id != witness.id


def test_a_witness_signs_no_text_without_a_time() -> None:
    with pytest.raises(ValueError, match="signs the time"):
        _WITNESS.sign(_TEXT)


def test_a_signer_does_not_print_its_key() -> None:
    assert repr(_LOG) == "Signer(example.com/log)"


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb"])
def test_a_name_that_the_format_does_not_allow_is_rejected(name: str) -> None:
    with pytest.raises(ValueError, match="is not a name for a key"):
        Signer(name, bytes(32))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "the verifier key is not valid"),
        ("example.com/foo", "the verifier key is not valid"),
        ("example.com/foo+530d903a+!!", "the verifier key is not valid"),
        ("two words+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "the verifier key is not valid"),
        ("example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "id 530d903a, not 530d903b"),
        ("example.com/foo+530d903a+BukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "of an unknown type"),
        ("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U0=", "of an unknown type"),
    ],
)
def test_a_verifier_key_that_is_not_one_is_rejected(text: str, what: str) -> None:
    with pytest.raises(InvalidInputError, match=what):
        VerifierKey.read(text)


_LINE = str(_LOG.sign(_TEXT))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\xff", "not valid UTF-8"),
        (b"text\n", "no signatures below a blank line"),
        (f"text\n\n{_LINE}".encode(), "no signatures below a blank line"),
        (b"text\n\n", "no signatures below a blank line"),
        (f"te\txt\n\n{_LINE}\n".encode(), "control characters"),
        (f"te\rxt\n\n{_LINE}\n".encode(), "control characters"),
        (f"text\n\n{_LINE[1:]}\n".encode(), "not a signature"),
        (b"text\n\n\xe2\x80\x94 name AAAA\n", "not a signature"),
        (f"text\n\n{_LINE}A\n".encode(), "not a signature"),
        (f"text\n\n{_LINE} x\n".encode(), "not a signature"),
        (f"text\n\n{(_LINE + chr(10)) * 65}".encode(), "more than 64 signatures"),
        (b"x" * (1 << 20) + b"\n", "more than 1048576 bytes"),
    ],
)
def test_a_note_of_another_shape_is_rejected(data: bytes, what: str) -> None:
    with pytest.raises(NoteError, match=what):
        read_note(data, where="here")


def test_a_second_spelling_of_the_same_base64_is_rejected() -> None:
    encoded = base64.b64encode(bytes(70)).decode()
    assert encoded.endswith("AA==")
    with pytest.raises(NoteError, match="not a signature"):
        read_note(f"text\n\n— name {encoded[:-3]}B==\n".encode())
