"""An active resource, as a deployment would store it."""

from __future__ import annotations

from datetime import UTC, datetime

from leastway.registry import ActiveResource, ActiveResourceStatus


def active_resource(
    organization: str, application: str, environment: str, resource_class: str = "default"
) -> ActiveResource:
    return ActiveResource(
        organization=organization,
        application=application,
        environment=environment,
        type="s3",
        resource_class=resource_class,
        id="shared.bucket",
        guresid="0" * 40,
        definition="s3-definition",
        definition_version="00000000-0000-4000-8000-000000000001",
        driver="humanitec/terraform",
        deployment="00000000000001",
        status=ActiveResourceStatus.ACTIVE,
        updated_at=datetime(2026, 1, 2, tzinfo=UTC),
        outputs={"bucket": "b"},
        secret_refs={},
    )
