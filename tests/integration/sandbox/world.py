"""Shared parts of the sandbox tests: the initial scenario, and clients for it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from leastway.primitives import Secret
from leastway.sandbox import (
    AccountSeed,
    ClusterSeed,
    NodeGroupSeed,
    PlatformSeed,
    Sandbox,
    Scenario,
    Seeded,
    SeededKey,
)

ACCOUNT = "111122223333"
OTHER = "444455556666"
REGION = "eu-central-1"
TAGGED = {"Humanitec": "true"}

SCENARIO = Scenario(
    accounts=(
        AccountSeed(
            ACCOUNT,
            clusters=(
                ClusterSeed(
                    "prod",
                    tags=TAGGED,
                    node_groups=(NodeGroupSeed("tagged", TAGGED), NodeGroupSeed("plain")),
                ),
                ClusterSeed("untagged"),
                ClusterSeed("miscased", tags={"Humanitec": "True"}),
                ClusterSeed("legacy", mode="CONFIG_MAP", tags=TAGGED),
                ClusterSeed("modern", mode="API", tags=TAGGED),
                ClusterSeed("far", region="us-west-2", tags=TAGGED),
            ),
        ),
        AccountSeed(OTHER),
    )
)

NOBODY = SeededKey("nobody", Secret("nothing"))

Refuse = Callable[..., tuple[str, str]]
"""Makes a call that must fail, and returns the code and message of AWS's error."""


@dataclass(frozen=True, slots=True)
class World:
    """A sandbox with the scenario, and clients for it."""

    sandbox: Sandbox
    keys: Seeded
    _session: boto3.Session
    by_hand: SeededKey = NOBODY
    """The key of the platform's user in the first account, if it was installed by hand."""

    @property
    def admin(self) -> SeededKey:
        return self.keys.admins[ACCOUNT]

    @property
    def platform(self) -> str:
        """The ARN of the platform's principal."""
        return PlatformSeed().arn

    def client(
        self, service: Any, key: SeededKey | None = None, *, source: str = "", region: str = REGION, token: str = ""
    ) -> Any:
        """Return a client with source address `source`, of the account's admin unless another key is given."""
        key = key or self.admin
        client = self._session.client(
            service,
            endpoint_url=self.sandbox.endpoint,
            region_name=region,
            aws_access_key_id=key.id,
            aws_secret_access_key=key.secret.reveal(),
            aws_session_token=token or None,
            config=Config(retries={"total_max_attempts": 1}),
        )
        if source:
            client.meta.events.register(
                "before-sign", lambda request, **_: request.headers.add_header("X-Forwarded-For", source)
            )
        return client

    def assume(self, role: str, key: SeededKey | None = None, **parameters: Any) -> Any:
        """Assume a role and return a function that creates clients for the session."""
        answer = self.client("sts", key).assume_role(RoleArn=role, RoleSessionName="test", **parameters)
        return lambda service, **how: self.client(
            service,
            SeededKey(answer["Credentials"]["AccessKeyId"], Secret(answer["Credentials"]["SecretAccessKey"])),
            token=answer["Credentials"]["SessionToken"],
            **how,
        )


def allow(action: Any, resource: Any = "*", **statement: Any) -> str:
    """Return an identity policy of one Allow."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **statement}],
        }
    )


def trust(principal: Any, **statement: Any) -> str:
    """Return a trust policy of one Allow."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", **statement}
            ],
        }
    )
