"""The access review of a grant: plan, proofs and verification in words, for `leastway export html`."""

from leastway.app.review.make import Reviewed, make_review, write_review

__all__ = ["Reviewed", "make_review", "write_review"]
