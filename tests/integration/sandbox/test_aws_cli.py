"""The AWS CLI works with the sandbox through the environment only."""

import json
import os
import shutil
import subprocess
from typing import Any

import pytest

from tests.integration.sandbox.world import ACCOUNT, World

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(shutil.which("aws") is None, reason="the AWS CLI is not installed"),
]


def aws(world: World, *arguments: str, **environment: str) -> Any:
    done = subprocess.run(
        ["aws", *arguments, "--output", "json"],
        env={**os.environ, **world.sandbox.environment(world.admin), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        return done.stderr.strip()
    return json.loads(done.stdout or "null")


def test_iam_sts_and_eks_commands_work(world: World) -> None:
    assert aws(world, "sts", "get-caller-identity")["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/admin"
    assert aws(world, "eks", "list-clusters")["clusters"] == ["legacy", "miscased", "modern", "prod", "untagged"]
    arn = f"arn:aws:eks:eu-central-1:{ACCOUNT}:cluster/untagged"
    aws(world, "eks", "tag-resource", "--resource-arn", arn, "--tags", "Humanitec=true")
    described = aws(world, "eks", "describe-cluster", "--name", "untagged")["cluster"]
    assert described["tags"] == {"Humanitec": "true"}
    refused = aws(world, "iam", "get-user", "--user-name", "nobody")
    assert "(NoSuchEntity) when calling the GetUser operation" in refused


def test_commands_work_in_another_region(world: World) -> None:
    assert aws(world, "eks", "list-clusters", "--region", "us-west-2")["clusters"] == ["far"]
