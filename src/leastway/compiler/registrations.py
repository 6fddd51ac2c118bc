"""Compile a grant into its registrations with the platform: cloud accounts, clusters and Terraform definitions.

A cloud account stands for one principal. If the platform assumes roles, there is one cloud account for the clusters of
an AWS account and one for each role with definitions: the driver assumes exactly that role and passes the session
credentials to the run, which does not assume another role. If the platform is a user, its key is the only cloud
account, and modules that get the key assume their role themselves.
Source: Humanitec's documentation, "Cloud accounts", "k8s-cluster-eks" and "Terraform driver".
"""

from __future__ import annotations

from collections.abc import Iterator

from leastway.compiler.compile import principal_arn, role_arn
from leastway.errors import InvalidInputError
from leastway.estate import ExternalIds
from leastway.grant import Account, Cluster, Grant, Identity, TerraformRole
from leastway.registry import (
    CLUSTER_TYPE,
    EKS,
    TERRAFORM,
    CloudAccount,
    HandedKeys,
    PlatformSecret,
    Registrations,
    ResourceDefinition,
    TerraformDefinition,
    eks_inputs,
    identifier_of,
    is_identifier,
    terraform_inputs,
)

__all__ = ["key_of_user", "registrations_of"]


def registrations_of(grant: Grant, external_ids: ExternalIds) -> Registrations:
    """Return what to register with the platform; `external_ids` has those of each role.

    InvalidInputError if two registrations would have the same id.
    """
    accounts: list[CloudAccount] = []
    definitions: list[ResourceDefinition] = []
    for account in grant.accounts:
        accounts.extend(_cloud_accounts(grant, account, external_ids))
        definitions.extend(_cluster(grant, account, cluster) for cluster in account.clusters)
        for role in account.roles:
            current = external_ids.of(account.id, role.name).current
            definitions.extend(_definition(grant, account, role, each, current) for each in role.definitions)
    _no_id_twice([each.id for each in accounts], grant)
    _no_id_twice([each.id for each in definitions], grant)
    return Registrations(tuple(accounts), tuple(definitions))


def _cloud_accounts(grant: Grant, account: Account, external_ids: ExternalIds) -> Iterator[CloudAccount]:
    if grant.identity is Identity.IAM_USER:
        key_id, secret = key_of_user(grant, account)
        name = f"{grant.name}: the user {grant.platform.user_name} in {account.id}"
        yield CloudAccount.of_user(_id(grant.name, account.id), name, key_id=key_id, secret=secret)
        return
    if account.clusters:
        arn = principal_arn(grant, account)
        current = external_ids.of(account.id, arn.name).current
        name = f"{grant.name}: the clusters of {account.id}"
        yield CloudAccount.of_role(_id(grant.name, account.id), name, arn=str(arn), external_id=current)
    for role in account.roles:
        if role.definitions:
            current = external_ids.of(account.id, role.name).current
            name = f"{grant.name}: {role.name} in {account.id}"
            arn_of_role = role_arn(role, account)
            yield CloudAccount.of_role(
                _id(grant.name, account.id, role.name), name, arn=arn_of_role, external_id=current
            )


def key_of_user(grant: Grant, account: Account) -> tuple[PlatformSecret, PlatformSecret]:
    """Return the placeholders for the id and the secret of the user's access key."""
    name = f"{_id(grant.name, account.id)}-key".replace("-", "_")
    return (
        PlatformSecret(f"{name}_id", f"the id of the access key of the platform's user in {account.id}"),
        PlatformSecret(f"{name}_secret", f"the secret access key of the platform's user in {account.id}"),
    )


def _cluster(grant: Grant, account: Account, cluster: Cluster) -> ResourceDefinition:
    return ResourceDefinition(
        id=_id(grant.name, account.id, cluster.region, cluster.name),
        name=f"{cluster.name} in {account.id}, {cluster.region}",
        type=CLUSTER_TYPE,
        driver=EKS,
        values=eks_inputs(cluster.name, cluster.region),
        secrets={},
        account=_id(grant.name, account.id),
        criteria=cluster.criteria,
    )


def _definition(
    grant: Grant, account: Account, role: TerraformRole, wanted: TerraformDefinition, external_id: str
) -> ResourceDefinition:
    handed = None if wanted.keys is None else _handed(grant, account, role, external_id)
    values, secrets = terraform_inputs(wanted, handed)
    return ResourceDefinition(
        id=wanted.id,
        name=wanted.name,
        type=wanted.type,
        driver=TERRAFORM,
        values=values,
        secrets=secrets,
        account=_id(grant.name, account.id, role.name) if wanted.keys is None else "",
        criteria=wanted.criteria,
    )


def _handed(grant: Grant, account: Account, role: TerraformRole, external_id: str) -> HandedKeys:
    """Return the inputs of a module that assumes the role itself; the session is named after the grant."""
    key_id, secret = key_of_user(grant, account)
    return HandedKeys(
        access_key=key_id,
        secret_key=secret,
        role_arn=role_arn(role, account),
        session_name=_session(grant),
        external_id=external_id,
    )


def _session(grant: Grant) -> str:
    """Return the name of a session, 2 to 64 characters long (AWS STS API Reference, AssumeRole)."""
    return f"{grant.platform.name}-{grant.name}"[:64]


def _id(*words: str) -> str:
    """Return the words as an id for the platform. InvalidInputError if they do not make a valid one."""
    text = identifier_of(*words)
    if not is_identifier(text):
        raise InvalidInputError(f"{text!r} is not a valid id for the platform", where=" ".join(words))
    return text


def _no_id_twice(ids: list[str], grant: Grant) -> None:
    for each in sorted({each for each in ids if ids.count(each) > 1}):
        raise InvalidInputError(
            f"two registrations with the platform would have the id {each!r}",
            where=grant.name,
            fix="their names differ only in characters that an id cannot have: rename one, or the id of the definition",
        )
