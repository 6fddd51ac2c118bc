"""The platform's user and policy in a sandbox's account, as the published manifest v0.0.5 creates them by hand."""

import json
from pathlib import Path

from leastway.primitives import Secret
from leastway.sandbox import Sandbox, SeededKey
from tests.aws_clients import aws_client

_MANIFEST = Path(__file__).with_name("humanitec-v0.0.5.json")


def install_by_hand(sandbox: Sandbox, admin: SeededKey) -> SeededKey:
    """Create user, policy and key with the key of the account's engineer; the sandbox's journal is empty then."""
    manifest = json.loads(_MANIFEST.read_text())
    iam, user = aws_client(sandbox.endpoint, admin, "iam", "eu-central-1"), manifest["user"]
    document = json.dumps(manifest["document"])
    policy = iam.create_policy(
        PolicyName=manifest["policy"], Description=manifest["description"], PolicyDocument=document
    )["Policy"]["Arn"]
    iam.create_user(UserName=user, PermissionsBoundary=policy)
    iam.attach_user_policy(UserName=user, PolicyArn=policy)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    sandbox.control.journal(clear=True)
    return SeededKey(key["AccessKeyId"], Secret(key["SecretAccessKey"]))
