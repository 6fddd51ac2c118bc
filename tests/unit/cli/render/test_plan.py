"""Notes are said once, however many accounts they are about."""

from leastway.cli.render.plan import note_lines
from leastway.estate import Note

ACCOUNTS = ("111122223333", "222233334444", "333344445555", "444455556666")


def test_a_note_on_several_places_is_one_line() -> None:
    notes = [Note(account, "the tag never matches") for account in ACCOUNTS[:2]]
    assert list(note_lines(notes)) == [("note: 111122223333, 222233334444: the tag never matches", False)]


def test_of_many_places_the_first_are_named() -> None:
    notes = [Note(account, "x") for account in ACCOUNTS]
    assert list(note_lines(notes)) == [("note: 111122223333, 222233334444, 333344445555 and 1 more: x", False)]


def test_different_notes_keep_their_order_and_dangerous_ones_are_never_grouped() -> None:
    notes = [
        Note("a", "x"),
        Note("b", "dangerous", is_unsafe=True),
        Note("c", "dangerous", is_unsafe=True),
        Note("d", "y"),
        Note("e", "x"),
    ]
    assert list(note_lines(notes)) == [
        ("note: a, e: x", False),
        ("unsafe: b: dangerous", True),
        ("unsafe: c: dangerous", True),
        ("note: d: y", False),
    ]
