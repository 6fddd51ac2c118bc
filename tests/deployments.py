"""Deployments for tests."""

from __future__ import annotations

from datetime import datetime

from leastway.registry import Deployment, DeploymentStatus

__all__ = ["unfinished_deployment"]


def unfinished_deployment(organization: str, application: str, environment: str, at: datetime) -> Deployment:
    return Deployment(
        id="33333333-3333-4333-8333-333333333333",
        organization=organization,
        application=application,
        environment=environment,
        set_id="0" * 64,
        delta_id=None,
        from_id=None,
        comment="",
        created_at=at,
        created_by="somebody",
        status_changed_at=at,
        status=DeploymentStatus.IN_PROGRESS,
    )
