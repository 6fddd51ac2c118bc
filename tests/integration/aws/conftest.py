"""The same sandbox fixtures as for the contract tests."""

from tests.contract.live.conftest import aws, seeded

__all__ = ["aws", "seeded"]
