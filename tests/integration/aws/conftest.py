"""The sandbox of the contract's tests."""

from tests.contract.live.conftest import aws, seeded

__all__ = ["aws", "seeded"]
