"""From grant to what is registered with the platform: cloud accounts, clusters, and Terraform's definitions.

A cloud account stands for one principal. Where the platform assumes roles, there is one for the way to an account's
clusters and one for each role with definitions: the driver then assumes that very role and hands the session's
credentials to the run, which assumes nothing further. Where the platform is a user, its key is the one account, and
modules that are handed the key assume their role themselves.
Source: Humanitec's documentation, "Cloud accounts", "k8s-cluster-eks" and "Terraform driver".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from leastway.compiler.compile import principal_arn, role_arn
from leastway.errors import InvalidInputError
from leastway.estate import CloudAccount, ExternalIds, PlatformSecret, Registrations, ResourceDefinition
from leastway.grant import Account, Cluster, Definition, GitCredential, Grant, Identity, KeyVariables, TerraformRole

__all__ = ["registrations_of"]

_TERRAFORM = "humanitec/terraform"
_EKS = "humanitec/k8s-cluster-eks"
_SESSION_FIELDS = {
    "AWS_ACCESS_KEY_ID": "AccessKeyId",
    "AWS_SECRET_ACCESS_KEY": "SecretAccessKey",
    "AWS_SESSION_TOKEN": "SessionToken",
}
_ID = re.compile("[a-z0-9][a-z0-9-]+[a-z0-9]")


def registrations_of(grant: Grant, external_ids: ExternalIds) -> Registrations:
    """Return what the grant means for the platform; `external_ids` those of each role.

    InvalidInputError where two things would have one id.
    """
    accounts: list[CloudAccount] = []
    definitions: list[ResourceDefinition] = []
    for account in grant.accounts:
        accounts.extend(_cloud_accounts(grant, account, external_ids))
        definitions.extend(_cluster(grant, account, cluster) for cluster in account.clusters)
        for role in account.roles:
            told = external_ids.of(account.id, role.name).told
            definitions.extend(_definition(grant, account, role, each, told) for each in role.definitions)
    _no_id_twice([each.id for each in accounts], grant)
    _no_id_twice([each.id for each in definitions], grant)
    return Registrations(tuple(accounts), tuple(definitions))


def _cloud_accounts(grant: Grant, account: Account, external_ids: ExternalIds) -> Iterator[CloudAccount]:
    if grant.identity is Identity.IAM_USER:
        key_id, secret = _key(grant, account)
        yield CloudAccount(
            _id(grant.name, account.id),
            f"{grant.name}: the user {grant.platform.user_name} in {account.id}",
            "aws",
            {
                "aws_access_key_id": key_id,
                "aws_secret_access_key": secret,
            },
        )
        return
    if account.clusters:
        arn = principal_arn(grant, account)
        told = external_ids.of(account.id, arn.name).told
        name = f"{grant.name}: the clusters of {account.id}"
        yield CloudAccount(_id(grant.name, account.id), name, "aws-role", _role(str(arn), told))
    for role in account.roles:
        if role.definitions:
            name = f"{grant.name}: {role.name} in {account.id}"
            credentials = _role(role_arn(role, account), external_ids.of(account.id, role.name).told)
            yield CloudAccount(_id(grant.name, account.id, role.name), name, "aws-role", credentials)


def _key(grant: Grant, account: Account) -> tuple[PlatformSecret, PlatformSecret]:
    """Return the places of the user's access key: its id, and its secret."""
    name = f"{_id(grant.name, account.id)}-key".replace("-", "_")
    return (
        PlatformSecret(f"{name}_id", f"the id of the user's access key in {account.id}"),
        PlatformSecret(f"{name}_secret", f"the secret of that key in {account.id}"),
    )


def _role(arn: str, external_id: str) -> Mapping[str, str]:
    return {"aws_role": arn, "external_id": external_id}


def _cluster(grant: Grant, account: Account, cluster: Cluster) -> ResourceDefinition:
    return ResourceDefinition(
        id=_id(grant.name, account.id, cluster.region, cluster.name),
        name=f"{cluster.name} in {account.id}, {cluster.region}",
        type="k8s-cluster",
        driver=_EKS,
        values={"name": cluster.name, "region": cluster.region},
        secrets={},
        account=_id(grant.name, account.id),
        criteria=tuple(each.named() for each in cluster.criteria),
    )


def _definition(
    grant: Grant, account: Account, role: TerraformRole, wanted: Definition, external_id: str
) -> ResourceDefinition:
    source = {"url": wanted.source.url, "path": wanted.source.path, "rev": wanted.source.rev}
    if wanted.source.username:
        source["username"] = wanted.source.username
    values: dict[str, Any] = {"source": {word: text for word, text in source.items() if text}}
    secrets: dict[str, Any] = {}
    variables = dict(wanted.variables)
    if wanted.keys is None:
        values["credentials_config"] = {"environment": dict(_SESSION_FIELDS)}
    else:
        variables |= _assumed(wanted.keys, grant, account, role, external_id)
        key_id, secret = _key(grant, account)
        secrets["variables"] = {wanted.keys.access_key: key_id, wanted.keys.secret_key: secret}
    if variables:
        values["variables"] = variables
    if wanted.source.credential is not GitCredential.NONE:
        word = wanted.source.credential.value
        name = f"{wanted.id}-{word}".replace("-", "_")
        secrets["source"] = {word: PlatformSecret(name, f"the {word.replace('_', ' ')} of {wanted.source.url}")}
    return ResourceDefinition(
        id=wanted.id,
        name=wanted.name,
        type=wanted.type,
        driver=_TERRAFORM,
        values=values,
        secrets=secrets,
        account=_id(grant.name, account.id, role.name) if wanted.keys is None else "",
        criteria=tuple(each.named() for each in wanted.criteria),
    )


def _assumed(
    keys: KeyVariables, grant: Grant, account: Account, role: TerraformRole, external_id: str
) -> dict[str, str]:
    """Return what a module needs that assumes the role itself; the session is named after the grant."""
    given = {keys.role_arn: role_arn(role, account), keys.session_name: _session(grant), keys.external_id: external_id}
    return {name: value for name, value in given.items() if name}


def _session(grant: Grant) -> str:
    """Return a session's name, of 2 to 64 characters (AWS STS API Reference, AssumeRole)."""
    return f"{grant.platform.name}-{grant.name}"[:64]


def _id(*words: str) -> str:
    """Return words as an id: small letters, digits and hyphens."""
    text = re.sub("[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")
    if not _ID.fullmatch(text):
        raise InvalidInputError(f"{text!r} is no id that the platform takes", where=" ".join(words))
    return text


def _no_id_twice(ids: list[str], grant: Grant) -> None:
    for each in sorted({each for each in ids if ids.count(each) > 1}):
        raise InvalidInputError(
            f"two things would be called {each!r} at the platform",
            where=grant.name,
            fix="their names differ only in what an id does not take: rename one, or the definition's id",
        )
