"""The access review of a grant: plan, proofs and verification in words, for `leastway export html`."""

from leastway.app.review.charts import Charted, make_charts
from leastway.app.review.make import Reviewed, make_review, write_review

__all__ = ["Charted", "Reviewed", "make_charts", "make_review", "write_review"]
