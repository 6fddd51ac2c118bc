"""One template: its parameters, the external ids of the accounts, its resources and its outputs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from leastway.estate import AccessEntry, AccessPolicy, IdentityProvider, ManagedPolicy, Role, User, external_id_in
from leastway.export.cloudformation import resources
from leastway.export.cloudformation.functions import Equals, GetAtt, Not, Ref
from leastway.export.cloudformation.naming import Naming
from leastway.export.cloudformation.parts import Part
from leastway.export.exporter import CannotExportError

__all__ = ["LARGEST", "LARGEST_INLINE", "external_id_of", "template_of"]

LARGEST_INLINE = 51_200
"""Largest template in the body of a call, in bytes (CloudFormation User Guide, "Understand CloudFormation quotas")."""
LARGEST = 1_000_000
"""Largest template in a bucket, in bytes."""
_MOST_RESOURCES = 500
_NAME_LIMITS = {ManagedPolicy: 128, Role: 64, User: 64}
"""In characters (IAM User Guide, "IAM and AWS STS quotas")."""

Template = dict[str, Any]


def template_of(
    part: Part, grant: str, prefix: str, *, external_ids: Mapping[str, str], with_parameters: bool
) -> Template:
    """Return the template of `part` for the accounts in `external_ids`.

    If `with_parameters`, the names of IAM objects are parameters, and those of roles must begin with `prefix`.
    CannotExportError above CloudFormation's limit of 500 resources.
    """
    names = Naming.of(part, with_parameters=with_parameters)
    body = dict(_resources(part, names, grant))
    if len(body) > _MOST_RESOURCES:
        raise CannotExportError(
            f"the template has {len(body)} resources, and a stack allows {_MOST_RESOURCES}",
            where=part.account,
            fix="export as terraform",
        )
    template: Template = {"AWSTemplateFormatVersion": "2010-09-09", "Description": _description(part, grant)}
    if parameters := dict(_parameters(part, names, prefix)):
        template["Parameters"] = parameters
    if external_ids:
        template["Mappings"] = {"Accounts": {account: {"ExternalId": it} for account, it in external_ids.items()}}
    if not part.is_home:
        template["Conditions"] = {"HasPrincipalId": Not(Equals(Ref("PrincipalId"), ""))}
    elif _has_provider(part):
        template["Conditions"] = {resources.CREATES_PROVIDER: Equals(Ref("IdentityProvider"), "create")}
    template["Resources"] = body
    if outputs := dict(_outputs(part, names, has_external_id=bool(external_ids))):
        template["Outputs"] = outputs
    return template


def external_id_of(part: Part) -> str | None:
    """Return the external id of the first role of `part`, usually that of all roles, or None without a role."""
    found = (external_id_in(each.trust) for each in part.objects if isinstance(each, Role))
    return next((one for one in found if one is not None), None)


def _description(part: Part, grant: str) -> str:
    what = "the platform's access" if part.is_home else f"the platform's access entries in {part.region}"
    return f"leastway, grant {grant}: {what}"


def _resources(part: Part, names: Naming, grant: str) -> Iterator[tuple[str, Any]]:
    made = {each.arn: each for each in part.objects if isinstance(each, Role | User)}
    policies = {each.arn: names.id_of(each) for each in part.objects if isinstance(each, ManagedPolicy)}
    principals = {arn: names.id_of(each) for arn, each in made.items()}
    external_id = external_id_of(part)
    for each in part.objects:
        match each:
            case ManagedPolicy():
                yield names.id_of(each), resources.managed_policy(each, names)
            case User():
                yield names.id_of(each), resources.user(each, names, grant, policies)
            case IdentityProvider():
                yield names.id_of(each), resources.identity_provider(each, grant)
            case Role():
                yield names.id_of(each), resources.role(each, names, grant, policies, principals, external_id)
            case AccessEntry():
                associated = _policies_of(each, part)
                entry = resources.access_entry(each, associated, names, grant, made.get(each.principal))
                yield names.id_of(each), entry
            case AccessPolicy():
                continue  # part of its entry


def _policies_of(entry: AccessEntry, part: Part) -> Iterable[AccessPolicy]:
    return (
        each
        for each in part.objects
        if isinstance(each, AccessPolicy) and (each.place, each.principal) == (entry.place, entry.principal)
    )


def _parameters(part: Part, names: Naming, prefix: str) -> Iterator[tuple[str, Any]]:
    if not part.is_home:
        yield (
            "PrincipalId",
            {
                "Type": "String",
                "Default": "",
                "Description": "The unique id of the role: the output AccessRoleId of the account's first stack.",
            },
        )
    if _has_provider(part):
        yield (
            "IdentityProvider",
            {
                "Type": "String",
                "Default": "create",
                "AllowedValues": ["create", "exists"],
                "Description": "Whether the account has the identity provider already: all of its roles share it.",
            },
        )
    for each in part.objects:
        if isinstance(each, ManagedPolicy | User | Role) and each.arn in names.parameters:
            start = re.escape(prefix) if isinstance(each, Role) else ""
            yield (
                names.parameters[each.arn],
                {
                    "Type": "String",
                    "Default": each.name,
                    "Description": f"The name of the {_word(each)}; leastway plan expects the default.",
                    "AllowedPattern": rf"{start}[\w+=,.@-]*" if start else r"[\w+=,.@-]+",
                    "MaxLength": _NAME_LIMITS[type(each)],
                },
            )


def _has_provider(part: Part) -> bool:
    return any(isinstance(each, IdentityProvider) for each in part.objects)


def _word(each: ManagedPolicy | User | Role) -> str:
    return each.kind.value.replace("-", " ")


def _outputs(part: Part, names: Naming, *, has_external_id: bool) -> Iterator[tuple[str, Any]]:
    for each in part.objects:
        if isinstance(each, Role | User):
            yield f"{names.id_of(each)}Arn", {"Value": GetAtt(names.id_of(each), "Arn")}
            if isinstance(each, Role):
                yield f"{names.id_of(each)}Id", {"Value": GetAtt(names.id_of(each), "RoleId")}
                if (own := external_id_in(each.trust)) and own != external_id_of(part):
                    described = "The external id that the platform must use for this role only. It is not a secret."
                    yield f"{names.id_of(each)}ExternalId", {"Description": described, "Value": own}
        elif isinstance(each, ManagedPolicy):
            yield f"{names.id_of(each)}Arn", {"Value": Ref(names.id_of(each))}
    if has_external_id and part.is_home:
        described = "The external id that the platform must use to assume a role. It is not a secret."
        yield "ExternalId", {"Description": described, "Value": resources.EXTERNAL_ID}
