"""Write HCL for Humanitec's Terraform provider.

Source: the provider's documentation, humanitec_resource_account, humanitec_resource_definition and
humanitec_resource_definition_criteria; `values_string` and `secrets_string` contain JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leastway.export.hcl import Attribute, Block, Expression, FunctionCall, Item, body_of, label_of
from leastway.export.humanitec.bodies import secrets_in
from leastway.registry import CloudAccount, PlatformSecret, Registrations, ResourceDefinition

__all__ = ["accounts", "definitions", "variables", "versions"]


def versions() -> Iterator[Block]:
    """Yield the `terraform` block; the provider reads HUMANITEC_ORG and HUMANITEC_TOKEN."""
    provider = Attribute("humanitec", {"source": "humanitec/humanitec", "version": ">= 1.1, < 2.0"})
    inner = Block("required_providers", (), (provider,))
    yield Block("terraform", (), (*body_of(required_version=">= 1.6"), inner))


def variables(registrations: Registrations) -> Iterator[Block]:
    """Yield a variable for each secret."""
    found: dict[str, str] = {}
    for account in registrations.accounts:
        found |= secrets_in(account.credentials)
    for definition in registrations.definitions:
        found |= secrets_in(definition.secrets)
    for name, what in sorted(found.items()):
        yield Block(
            "variable",
            (name,),
            body_of(description=f"Secret: {what}.", type=Expression("string"), sensitive=True, nullable=False),
        )


def accounts(found: tuple[CloudAccount, ...]) -> Iterator[Item]:
    """Yield the cloud accounts."""
    for each in found:
        credentials = FunctionCall("jsonencode", (_filled(each.credentials),))
        body = body_of(id=each.id, name=each.name, type=each.type, credentials=credentials)
        yield Block("resource", ("humanitec_resource_account", label_of(each.id)), body)


def definitions(found: tuple[ResourceDefinition, ...], accounts: tuple[CloudAccount, ...]) -> Iterator[Item]:
    """Yield the resource definitions, each with its criteria."""
    registered = {each.id for each in accounts}
    for each in found:
        inputs: dict[str, Any] = {"values_string": FunctionCall("jsonencode", (each.values,))}
        if each.secrets:
            inputs["secrets_string"] = FunctionCall("jsonencode", (_filled(each.secrets),))
        named_account = f"humanitec_resource_account.{label_of(each.account)}.id"
        account = Expression(named_account) if each.account in registered else None
        label = label_of(each.id)
        body = body_of(
            id=each.id,
            name=each.name,
            type=each.type,
            driver_type=each.driver,
            driver_account=account,
            driver_inputs=inputs,
        )
        yield Block("resource", ("humanitec_resource_definition", label), body)
        for number, criterion in enumerate(each.criteria, 1):
            own = label if len(each.criteria) == 1 else f"{label}_{number}"
            named: list[Item] = [
                Attribute("resource_definition_id", Expression(f"humanitec_resource_definition.{label}.id"))
            ]
            named += (Attribute(word, value) for word, value in criterion.render().items())
            yield Block("resource", ("humanitec_resource_definition_criteria", own), tuple(named))


def _filled(value: Any) -> Any:
    match value:
        case PlatformSecret(name, _):
            return Expression(f"var.{name}")
        case Mapping():
            return {key: _filled(item) for key, item in value.items()}
        case _:
            return value
