"""The access review: one self-contained HTML page of a grant for the people who approve it."""

from leastway.export.review.page import page_of
from leastway.export.review.review import AccountReview, Item, Review, ReviewedEdge, ReviewSection, State

__all__ = ["AccountReview", "Item", "Review", "ReviewSection", "ReviewedEdge", "State", "page_of"]
