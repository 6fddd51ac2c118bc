"""Runs for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from leastway.registry import ResourceKey, Run, RunAction

__all__ = ["NOW", "run_of"]

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def run_of(identifier: str, **more: object) -> Run:
    run = Run(
        id=identifier,
        organization="acme",
        application="shop",
        environment="dev",
        key=ResourceKey("s3", "default", "shared.bucket"),
        guresid="a" * 40,
        definition="bucket",
        definition_version="v1",
        criterion=None,
        driver="humanitec/terraform",
        account="customer",
        action=RunAction.APPLY,
        needs_approval=False,
        created_at=NOW,
        created_by="someone",
    )
    return replace(run, **more)  # type: ignore[arg-type]
