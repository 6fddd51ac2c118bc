"""The IAM resources of a module.

Source: the AWS provider's documentation, aws_iam_policy, aws_iam_user, aws_iam_role and their policy resources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leastway.estate import IdentityProvider, ManagedPolicy, Role, User
from leastway.export.exporter import CannotExportError
from leastway.export.hcl import Block, Expression, FunctionCall, Value, body_of
from leastway.export.terraform.names import Names, labels_within
from leastway.export.texts import with_texts
from leastway.policy import Document, render

__all__ = ["EXTERNAL_ID", "TAGS", "ResourceNames", "identity_provider", "managed_policy", "role", "user"]

TAGS = Expression("local.tags")
EXTERNAL_ID = Expression("var.external_id")
ResourceNames = Mapping[str, str]
"""The resource of each policy, user and role of the module by ARN: `aws_iam_role.humanitec_s3`."""


def managed_policy(wanted: ManagedPolicy, names: Names) -> Iterator[Block]:
    """Yield a customer managed policy."""
    yield _resource(
        "aws_iam_policy",
        names.label(wanted),
        name=wanted.name,
        path=wanted.path,
        description=wanted.description or None,
        policy=_json(render(wanted.document)),
        tags=TAGS,
    )


def user(wanted: User, names: Names, made: ResourceNames) -> Iterator[Block]:
    """Yield a user with its boundary, and its policies."""
    if wanted.inline:
        raise CannotExportError("the user has inline policies", where=str(wanted.address))
    label = names.label(wanted)
    yield _resource(
        "aws_iam_user",
        label,
        name=wanted.name,
        path=wanted.path,
        permissions_boundary=_arn(wanted.boundary, made) if wanted.boundary else None,
        tags=_tags(wanted),
    )
    for arn, own in labels_within(label, sorted(wanted.policies)):
        yield _resource(
            "aws_iam_user_policy_attachment",
            own,
            user=Expression(f"aws_iam_user.{label}.name"),
            policy_arn=_arn(arn, made),
        )


def identity_provider(wanted: IdentityProvider, names: Names) -> Block:
    """Return the identity provider, which the module creates unless the account has it already."""
    return _resource(
        "aws_iam_openid_connect_provider",
        names.label(wanted),
        count=Expression("var.create_identity_provider ? 1 : 0"),
        url=wanted.url,
        client_id_list=sorted(wanted.audiences),
        tags=TAGS,
    )


def role(wanted: Role, names: Names, made: ResourceNames, external_id: str | None) -> Iterator[Block]:
    """Yield a role and its policies; `external_id` is that of the account, which is a variable of the module."""
    label = names.label(wanted)
    yield _resource(
        "aws_iam_role",
        label,
        name=wanted.name,
        path=wanted.path,
        description=wanted.description or None,
        max_session_duration=wanted.max_session,
        assume_role_policy=_json(_trust(wanted.trust, made, external_id)),
        permissions_boundary=wanted.boundary or None,
        tags=_tags(wanted),
    )
    name = Expression(f"aws_iam_role.{label}.name")
    inline = dict(wanted.inline)
    for policy_name, own in labels_within(label, inline):
        policy = _json(render(inline[policy_name]))
        yield _resource("aws_iam_role_policy", own, name=policy_name, role=name, policy=policy)
    for arn, own in labels_within(label, sorted(wanted.policies)):
        yield _resource("aws_iam_role_policy_attachment", own, role=name, policy_arn=_arn(arn, made))


def _trust(trust: Document, made: ResourceNames, external_id: str | None) -> Any:
    """Return a trust policy with the account's external id from the variable, and references to principals."""

    def filled(text: str) -> Value:
        if text in made:
            return Expression(f"{made[text]}.arn")
        return EXTERNAL_ID if text == external_id else text

    return with_texts(render(trust), filled)


def _json(document: Any) -> FunctionCall:
    return FunctionCall("jsonencode", (document,))


def _tags(wanted: User | Role) -> Value:
    return FunctionCall("merge", (TAGS, dict(wanted.tags))) if wanted.tags else TAGS


def _arn(arn: str, made: ResourceNames) -> Value:
    return Expression(f"{made[arn]}.arn") if arn in made else arn


def _resource(kind: str, label: str, **attributes: Value | None) -> Block:
    return Block("resource", (kind, label), body_of(**attributes))
