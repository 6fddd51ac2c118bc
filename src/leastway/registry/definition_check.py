"""What a definition's inputs must not contain, judged where they enter.

Refused: access keys and other credentials in values, which many may read; placeholder text and the example keys of
AWS's documentation; placeholders that nothing can resolve; roles outside the platform's prefix where a module assumes
a role or a run plans with one; names that S3 refuses; inputs that the driver cannot use. Warned: long-term keys for a
module, and an assumed account whose module assumes another role. Errors name the field and never repeat its value.

Text of scripts, files and templates is searched for credentials and assumed roles only. Placeholders are not resolved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.primitives import Arn
from leastway.registry.account_type import is_role_within
from leastway.registry.bucket_name import is_bucket_field, why_not_a_bucket_name
from leastway.registry.built_in_drivers import decoded_inputs
from leastway.registry.definition_version import CoProvision
from leastway.registry.drivers import TEMPLATE, TERRAFORM
from leastway.registry.git_source import GitCredential, host_keys, is_folder, is_https, is_revision, is_ssh
from leastway.registry.placeholder import Placeholder, is_resource, parse_placeholders, why_not_valid
from leastway.registry.placeholder_text import is_placeholder_text
from leastway.registry.resource_type import ResourceDriver
from leastway.registry.secret_text import find_secrets, mask
from leastway.registry.templates import check_templates

__all__ = [
    "DefinitionCheck",
    "assumed_roles",
    "check_definition",
    "is_credentials_file",
    "taken_roles",
    "written_texts",
]

_VALUES: Final = "driver_inputs.values"
_SECRETS: Final = "driver_inputs.secrets"
_FREE_TEXT: Final = frozenset({"script", "files", "templates", "manifests"})
_FIELDS: Final = ("AccessKeyId", "SecretAccessKey", "SessionToken")
_ASSUMES: Final = re.compile(r"assume_?role|(?:^|_)role_to_assume|^(?:terraform_|aws_)?role_arn$", re.IGNORECASE)
_IN_SCRIPT: Final = re.compile(r"assume_role\s*=?\s*\{[^{}]{0,2000}?\brole_arn\s*=\s*\"([^\"$\n]{1,2048})\"")
_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+")
_KEY_NAME: Final = re.compile(r"access_?key|secret_?key", re.IGNORECASE)
_FILE: Final = re.compile(r"(?!.*\.(?:tf|tofu|tfvars|hcl)(?:\.json)?\Z)[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_USE_ACCOUNT: Final = "name a cloud account in driver_account, and pass its temporary credentials by credentials_config"
_MAPS_ARE_DROPPED: Final = (
    "it has neither driver_inputs.values.source nor driver_inputs.values.script. Humanitec's Terraform provider, from "
    "version 1.0 on, drops the maps `values` and `secrets` of driver_inputs without a word"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionCheck:
    """What is judged: `secrets` are nested, each leaf a secret; `account_type` is None without a known account.

    `account` is what `driver_account` has: the id of an account, a placeholder, or nothing.
    """

    type: str
    driver: ResourceDriver
    account_type: str | None
    values: Mapping[str, Any]
    secrets: Mapping[str, Any]
    role_prefix: str
    provision: Mapping[str, CoProvision] = field(default_factory=dict)
    account: str = ""


def check_definition(checked: DefinitionCheck) -> tuple[str, ...]:
    """Return warnings. Errors: InvalidInputError whose `where` is the field with a problem."""
    values = decoded_inputs(checked.driver, checked.values)
    for path, text in (*written_texts(checked.values), *written_texts(values)):
        _check_no_credential(path, text)
    _check_placeholders(checked.account, "driver_account")
    for path, text in _texts(values):
        _check_placeholders(text, _at(path))
        if path[0] not in _FREE_TEXT and is_placeholder_text(text, variables=True):
            raise InvalidInputError("it is placeholder text", where=_at(path), fix="replace it with the value")
        if is_bucket_field(checked.type, path):
            why = why_not_a_bucket_name(text)
            if why is not None:
                raise InvalidInputError(f"the bucket name {why}", where=_at(path), fix="choose another name")
    for path, role in taken_roles(values):
        if not is_role_within(role, checked.role_prefix):
            what = f"the role's name does not begin with {checked.role_prefix}"
            fix = f"use a role whose name, and path if it has one, begin with {checked.role_prefix}"
            raise InvalidInputError(what, where=_at(path), fix=fix)
    _check_schema(checked.driver, values)
    if checked.driver.name == TERRAFORM:
        _check_terraform(values)
    if checked.driver.name == TEMPLATE:
        check_templates(values.get("templates"))
    _check_provision(checked.provision)
    _check_secrets(decoded_inputs(checked.driver, checked.secrets, "secrets"))
    return tuple(_warnings(checked, values))


def assumed_roles(values: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Arn]]:
    """Yield the roles that a module assumes, each with its path: by the name of a variable, or in a provider block."""
    for path, text in _texts(values):
        if path[0] in ("script", "files"):
            found = [match[1] for match in _IN_SCRIPT.finditer(text)]
        else:
            found = [text] if any(_ASSUMES.search(name) for name in path) else []
        yield from ((path, Arn.parse(arn)) for arn in found if _ROLE.fullmatch(arn))


def taken_roles(values: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Arn]]:
    """Yield the roles that a run takes, each with its path: those that its module assumes, and the one for planning."""
    yield from assumed_roles(values)
    runner = values.get("runner")
    role = runner.get("plan_role") if isinstance(runner, Mapping) else None
    if isinstance(role, str) and _ROLE.fullmatch(role):
        yield ("runner", "plan_role"), Arn.parse(role)


def _texts(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each text below `value` with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _texts(member, (*path, name))
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from _texts(member, (*path, str(number)))


def written_texts(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each text below `value`, and each name of a member at the path of its object: both may be credentials."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield path, name
            yield from written_texts(member, (*path, name))
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from written_texts(member, (*path, str(number)))


def _check_no_credential(path: tuple[str, ...], text: str, root: str = _VALUES) -> None:
    for match in find_secrets(text):
        if match.example:
            what = f"it contains {match.kind} of the AWS documentation"
            raise InvalidInputError(what, where=_at(path, root), fix="replace it with the value")
        if match.kind == "a secret access key" and any("external_id" in name for name in path):
            continue
        raise InvalidInputError(
            f"it contains {match.kind}, and values are shown to everyone who may read the definition",
            where=_at(path, root),
            fix=f"{_USE_ACCOUNT}; a key that must be handed over belongs in driver_inputs.secrets",
        )


def _check_placeholders(text: str, where: str, *, in_params: bool = False) -> None:
    for part in parse_placeholders(text):
        what = why_not_valid(part, in_params=in_params) if isinstance(part, Placeholder) else None
        if what is not None:
            fix = (
                "use the context (${context.app.id}) or a resource (${resources['dns#x'].outputs.host}), or write "
                "$\\{ for the literal text ${; docs/resolve.md lists all placeholders"
            )
            raise InvalidInputError(what, where=where, fix=fix)


def _check_provision(provision: Mapping[str, CoProvision]) -> None:
    for key, one in provision.items():
        if not is_resource(key):
            fix = "write TYPE, TYPE.CLASS or TYPE.CLASS#ID"
            raise InvalidInputError("a name in it is not a resource", where="provision", fix=fix)
        for path, text in written_texts(one.params or {}):
            _check_no_credential(path, text, f"provision.{key}.params")
        for path, text in _texts(one.params or {}):
            _check_placeholders(text, _at(path, f"provision.{key}.params"), in_params=True)


def _check_secrets(secrets: Mapping[str, Any]) -> None:
    for path, text in _texts(secrets):
        _check_placeholders(text, _at(path, _SECRETS))
    for path, text in _secret_texts(secrets):
        if any(match.example for match in find_secrets(text)):
            what = "it contains a key of the AWS documentation"
            raise InvalidInputError(what, where=_at(path, _SECRETS), fix="replace it with the secret")
        if is_placeholder_text(text, variables=True) and len(text) < 200:
            raise InvalidInputError(
                "it is placeholder text", where=_at(path, _SECRETS), fix="replace it with the secret"
            )


def _secret_texts(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str) and (not path or path[0] not in _FREE_TEXT):
        yield path, value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _secret_texts(member, (*path, name))


def _check_schema(driver: ResourceDriver, values: Mapping[str, Any]) -> None:
    schema = driver.inputs_schema.get("properties", {}).get("values", {})
    for name in schema.get("required", ()):
        if values.get(name) is None:
            raise InvalidInputError("it is missing", where=f"{_VALUES}.{name}", fix=f"{driver.name} needs it")
    kinds: Final = {"object": Mapping, "string": str, "boolean": bool}
    for name, member in schema.get("properties", {}).items():
        value, kind = values.get(name), member.get("type")
        is_open = value is None or (isinstance(value, str) and "${" in value)
        if kind in kinds and not is_open and not isinstance(value, kinds[kind]):
            raise InvalidInputError(
                f"it is not {'an' if kind == 'object' else 'a'} {kind}",
                where=f"{_VALUES}.{name}",
                fix=f"see the inputs of {driver.name}",
            )


def _check_terraform(values: Mapping[str, Any]) -> None:
    if not values.get("source") and not values.get("script"):
        fix = "write values_string and secrets_string, each with jsonencode({...}), or give a source or a script"
        raise InvalidInputError(_MAPS_ARE_DROPPED, where="driver_inputs", fix=fix)
    source = values.get("source")
    if isinstance(source, Mapping):
        _check_source(source)
    config = values.get("credentials_config")
    file = config.get("file") if isinstance(config, Mapping) else None
    if file is not None and not is_credentials_file(file):
        where, fix = f"{_VALUES}.credentials_config.file", "use a name like credentials.json"
        raise InvalidInputError("it cannot be the name of a file with credentials", where=where, fix=fix)
    for part in ("variables", "environment"):
        named = config.get(part) if isinstance(config, Mapping) else None
        for name, given in named.items() if isinstance(named, Mapping) else ():
            if given not in _FIELDS:
                where = f"{_VALUES}.credentials_config.{part}.{mask(name)}"
                raise InvalidInputError("unknown field of credentials", where=where, fix=f"use {', '.join(_FIELDS)}")


def is_credentials_file(name: object) -> bool:
    """Return whether a file beside a module, which Terraform does not read as its own, can have this name."""
    return isinstance(name, str) and _FILE.fullmatch(name) is not None and name != "terraform.tfstate"


def _check_source(source: Mapping[str, Any]) -> None:
    checks = (
        ("url", lambda text: is_https(text) or is_ssh(text), "it is not an https or SSH URL without credentials"),
        ("path", is_folder, "it does not stay within the repository"),
        ("rev", is_revision, "it is not a branch, tag or commit"),
        ("known_hosts", host_keys, "a line of it has no key of an SSH host"),
    )
    for name, is_right, what in checks:
        text = "" if source.get(name) is None else source[name]  # an optional variable of Terraform arrives as null
        if not isinstance(text, str):
            raise InvalidInputError("it is not a string", where=f"{_VALUES}.source.{name}", fix="write a string")
        if (text or name == "url") and "${" not in text and not is_right(text):
            problem = what if text else "it is missing"
            fix = "see docs/definitions.md for the source of a module"
            raise InvalidInputError(problem, where=f"{_VALUES}.source.{name}", fix=fix)
    for secret in (GitCredential.PASSWORD, GitCredential.SSH_KEY):
        if source.get(secret):
            raise InvalidInputError(
                "everybody in the organization can read it here, and no run uses it",
                where=f"{_VALUES}.source.{secret}",
                fix=f"write it in {_SECRETS}.source",
            )


def _warnings(checked: DefinitionCheck, values: Mapping[str, Any]) -> Iterator[str]:
    if checked.driver.name != TERRAFORM:
        return
    source = values.get("source")
    if isinstance(source, Mapping) and is_ssh(str(source.get("url"))) and not source.get("known_hosts"):
        yield (
            f"{_VALUES}.source: without the keys of its host in known_hosts, a run does not fetch from an SSH address. "
            "Write there what ssh-keyscan HOST prints, once it is compared with what the host publishes"
        )
    if checked.account_type == "aws-role":
        for path, _ in assumed_roles(values):
            yield (
                f"{_at(path)}: the account is a role that is assumed, and the module assumes another one from it: "
                "such a session lasts an hour at most. Name the account of that role in driver_account instead"
            )
    given = checked.secrets.get("variables")
    for name in given if isinstance(given, Mapping) else ():
        if _KEY_NAME.search(name):
            yield (
                f"{_SECRETS}.variables.{mask(name)}: the module gets a long-term key, which its code can read. "
                f"{_USE_ACCOUNT[0].upper()}{_USE_ACCOUNT[1:]} instead"
            )


def _at(path: tuple[str, ...], root: str = _VALUES) -> str:
    return ".".join((root, *map(mask, path)))
