"""The external id, read back from the trust policy that asks for it.

Source: IAM User Guide, "How to use an external ID when granting access to your AWS resources to a third party".
"""

from __future__ import annotations

from leastway.policy import Document, Effect
from leastway.policy.model import BaseOperator

__all__ = ["external_id_in"]


def external_id_in(trust: Document) -> str | None:
    """Return the external id that a trust policy asks for; None where it asks for none, or for several."""
    found = {
        value
        for statement in trust.statements
        if statement.effect is Effect.ALLOW
        for operator, key, values in statement.tests()
        if operator.base is BaseOperator.STRING_EQUALS and key.lower() == "sts:externalid"
        for value in values
    }
    return found.pop() if len(found) == 1 else None
