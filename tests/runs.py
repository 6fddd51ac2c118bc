"""Runs for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from leastway.registry import ResourceKey, Run, RunAction, RunCall

__all__ = ["NOW", "call_of", "run_of"]

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


def call_of(**more: object) -> RunCall:
    """Return the first call of a run, an allowed one that makes a bucket, with other members where they are given."""
    call = RunCall(
        number=1,
        attempt=1,
        at=NOW,
        phase="apply",
        decision="allowed",
        service="s3",
        operation="CreateBucket",
        region="eu-west-1",
        role=None,
        actions=("s3:CreateBucket",),
        resources=("arn:aws:s3:::b",),
        reason="",
    )
    return replace(call, **more)  # type: ignore[arg-type]
