"""Resource definitions of the driver `humanitec/terraform`: a module, its variables, and its credentials.

Without `keys`, the platform assumes the role of the definition's cloud account and passes the session's credentials to
the run in its environment. With `keys`, the module gets the long-term keys of a user and assumes its role itself.
Source: Humanitec's documentation, "Terraform driver".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from leastway.registry.account import PlatformSecret
from leastway.registry.criterion import Criterion
from leastway.registry.git_source import GitCredential, GitSource

__all__ = ["HandedKeys", "KeyVariables", "TerraformDefinition", "TerraformInputs", "terraform_inputs"]

_SESSION_FIELDS = {
    "AWS_ACCESS_KEY_ID": "AccessKeyId",
    "AWS_SECRET_ACCESS_KEY": "SecretAccessKey",
    "AWS_SESSION_TOKEN": "SessionToken",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyVariables:
    """The variables of the module for long-term keys, and for assuming the role itself."""

    access_key: str
    secret_key: str
    role_arn: str
    session_name: str = ""
    external_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedKeys:
    """The values of the variables in `KeyVariables`, under the same field names."""

    access_key: PlatformSecret
    secret_key: PlatformSecret
    role_arn: str
    session_name: str
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformDefinition:
    """What the platform creates with a module and one role. `variables` may contain the platform's placeholders."""

    id: str
    name: str
    type: str
    source: GitSource
    variables: Mapping[str, Any]
    criteria: tuple[Criterion, ...] = ()
    keys: KeyVariables | None = None


class TerraformInputs(NamedTuple):
    """The inputs of the driver as nested JSON; each secret is a PlatformSecret."""

    values: Mapping[str, Any]
    secrets: Mapping[str, Any]


def terraform_inputs(wanted: TerraformDefinition, handed: HandedKeys | None = None) -> TerraformInputs:
    """Return the inputs of the driver. `handed` must be given if, and only if, the definition has `keys`."""
    values: dict[str, Any] = {"source": _source(wanted.source)}
    secrets: dict[str, Any] = {}
    variables = dict(wanted.variables)
    if wanted.keys is None:
        values["credentials_config"] = {"environment": dict(_SESSION_FIELDS)}
    elif handed is None:
        raise AssertionError(f"{wanted.id} needs keys, but none were given")
    else:
        variables |= _assumed(wanted.keys, handed)
        secrets["variables"] = {
            wanted.keys.access_key: handed.access_key,
            wanted.keys.secret_key: handed.secret_key,
        }
    if variables:
        values["variables"] = variables
    if wanted.source.credential is not GitCredential.NONE:
        word = wanted.source.credential.value
        name = f"{wanted.id}-{word}".replace("-", "_")
        secrets["source"] = {word: PlatformSecret(name, f"the {word.replace('_', ' ')} of {wanted.source.url}")}
    return TerraformInputs(values, secrets)


def _source(source: GitSource) -> dict[str, str]:
    fields = {
        "url": source.url,
        "path": source.path,
        "rev": source.rev,
        "username": source.username,
        "known_hosts": source.known_hosts,
    }
    return {word: text for word, text in fields.items() if text}


def _assumed(keys: KeyVariables, handed: HandedKeys) -> dict[str, str]:
    """Return the variables of a module that assumes the role itself."""
    given = {
        keys.role_arn: handed.role_arn,
        keys.session_name: handed.session_name,
        keys.external_id: handed.external_id,
    }
    return {name: value for name, value in given.items() if name}
