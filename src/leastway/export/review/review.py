"""The content of an access review: judgements that others made, in words. Nothing is judged here.

`leastway.app.review` fills it from plans, proofs and verifications, without external ids.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from leastway.export.picture import Edge

__all__ = ["NO_CLAIM", "AccountReview", "Item", "Review", "ReviewSection", "ReviewedEdge", "State"]


NO_CLAIM = "no claim"
"""The word of an edge that no proof is about: the proofs are about IAM."""


class State(enum.Enum):
    """What is known, with the word that the page shows; only the first is good news."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"
    NOT_READ = "not-read"

    @property
    def symbol(self) -> str:
        """The sign next to the word, so that colour is never the only difference."""
        return _SYMBOLS[self]


_SYMBOLS = {State.GOOD: "✓", State.BAD: "✗", State.UNKNOWN: "?", State.NOT_READ: "○"}


@dataclass(frozen=True, slots=True)
class Item:
    """One row: the verdict in a `word`, what it is about, and the details as lines (reason, fix, counterexample)."""

    state: State
    word: str
    about: str
    text: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewSection:
    """One question with its rows; `summary` is the answer in a sentence, `state` that of the whole.

    `word` is shown instead of the usual word of the state.
    """

    name: str
    title: str
    state: State
    summary: str
    items: tuple[Item, ...] = ()
    word: str = ""


@dataclass(frozen=True, slots=True)
class ReviewedEdge:
    """An edge of the picture with its state, and the verdict of the proofs that concern it."""

    edge: Edge
    state: State
    word: str
    proof: State
    proof_word: str


@dataclass(frozen=True, slots=True)
class AccountReview:
    """One account: its picture and its proofs."""

    account: str
    edges: tuple[ReviewedEdge, ...]
    proofs: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """The whole page; `facts` are pairs of a name and a value about the grant, its profile and this page."""

    grant: str
    facts: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]
    sections: tuple[ReviewSection, ...]
    accounts: tuple[AccountReview, ...]
