"""The access review: one self-contained HTML page of a grant for the people who approve it."""

from leastway.export.review.page import page_of
from leastway.export.review.review import NO_CLAIM, AccountReview, Item, Review, ReviewedEdge, ReviewSection, State

__all__ = ["NO_CLAIM", "AccountReview", "Item", "Review", "ReviewSection", "ReviewedEdge", "State", "page_of"]
