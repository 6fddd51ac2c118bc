"""`leastway resolve`: which definition each resource gets, from the platform's server or from files in a folder.

The files may be definition files of a grant, what `leastway export humanitec` writes, bodies and answers of Humanitec's
API (`resources/defs`), or its `Definition` entities. Other files are counted and not read further. Nothing is created,
and no server is asked for more than the resolution.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from leastway.app.server_client import ServerClient
from leastway.errors import InvalidInputError
from leastway.grant import load_definition
from leastway.grant.problem import GrantError
from leastway.grant.source import GrantFile, read_tree
from leastway.registry import TERRAFORM, PlatformSecret, TerraformDefinition, terraform_inputs
from leastway.resolve import (
    DeploymentContext,
    HiddenText,
    RequestedResource,
    ResolvableDefinition,
    UnknownValue,
    as_json,
    read_definition_body,
    read_request,
    resolve,
)
from leastway.source import plain

__all__ = ["DefinitionFolder", "read_definition_folder", "read_request_file", "resolve_files", "resolve_on_server"]

_LARGEST: Final = 4 << 20
_MOST_FILES: Final = 20_000
_SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})
_DEFINITIONS: Final = "/resources/defs"


@dataclass(frozen=True, slots=True)
class DefinitionFolder:
    """The definitions of a folder, and the files that have none."""

    definitions: tuple[ResolvableDefinition, ...]
    others: tuple[Path, ...]


def resolve_files(
    folder: Path, context: DeploymentContext, requested: tuple[RequestedResource, ...]
) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """Return the resolution with the definitions of a folder, as JSON, and the files without definitions."""
    found = read_definition_folder(folder)
    return as_json(resolve(context, found.definitions, requested)), found.others


def resolve_on_server(
    client: ServerClient, organization: str | None, application: str, environment: str, request: object
) -> dict[str, Any]:
    """Return the resolution of an environment, as JSON, from the server. `request` is in the form of `read_request`."""
    path = client.path(organization, "apps", application, "envs", environment, "resources", "resolution")
    return client.object("POST", path, request)


def read_request_file(path: Path) -> tuple[object, tuple[RequestedResource, ...]]:
    """Return a request as written, and its resources. Errors: InvalidInputError."""
    value = _value(path)
    try:
        return value, read_request(value)
    except InvalidInputError as error:
        raise _at(path, error) from error


def read_definition_folder(folder: Path) -> DefinitionFolder:
    """Return the definitions of all YAML and JSON files below a folder. Errors: InvalidInputError."""
    if not folder.is_dir():
        raise InvalidInputError("it is not a folder", where=str(folder), fix="give the folder with the definitions")
    definitions: dict[str, Path] = {}
    found: list[ResolvableDefinition] = []
    others: list[Path] = []
    for path in _files(folder):
        own = list(_definitions(path))
        if not own:
            others.append(path)
        for one in own:
            if one.id in definitions:
                raise InvalidInputError(
                    f"the definition {one.id!r} appears twice, first in {definitions[one.id]}",
                    where=str(path),
                    fix="remove one of them",
                )
            definitions[one.id] = path
            found.append(one)
    if not found:
        raise InvalidInputError(
            "no file has a resource definition",
            where=str(folder),
            fix="give a folder that `leastway export humanitec` wrote, or one with definition files",
        )
    return DefinitionFolder(tuple(found), tuple(others))


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for path in folder.rglob("*"):
        if path.suffix in _SUFFIXES and path.is_file():
            found.append(path)
            if len(found) > _MOST_FILES:
                raise InvalidInputError(
                    f"it has more than {_MOST_FILES:,} files",
                    where=str(folder),
                    fix="give the folder of the definitions",
                )
    return sorted(found)


def _definitions(path: Path) -> Iterator[ResolvableDefinition]:
    value = _value(path)
    if isinstance(value, Mapping) and (value.get("apiVersion"), value.get("kind")) == _OWN:
        yield _of_grant(load_definition(path), path)
        return
    bodies = value if isinstance(value, list) else [value]
    for number, one in enumerate(bodies):
        body = _body(one)
        if body is None:
            continue
        try:
            yield read_definition_body(body)
        except InvalidInputError as error:
            raise _at(path, error, f"[{number}]" if isinstance(value, list) else "") from error


_OWN: Final = ("leastway.dev/v1alpha1", "Definition")


def _body(value: Any) -> Mapping[str, Any] | None:
    """Return the body of a definition in one of the forms of the platform, or None if it is something else."""
    if not isinstance(value, Mapping):
        return None
    if isinstance(value.get("request"), str) and "body" in value:
        body = value["body"]
        return body if value["request"].endswith(_DEFINITIONS) and isinstance(body, Mapping) else None
    entity, metadata = value.get("entity"), value.get("metadata")
    if value.get("kind") == "Definition" and isinstance(entity, Mapping) and isinstance(metadata, Mapping):
        return {**entity, "id": metadata.get("id")}
    return value if "driver_type" in value else None


def _of_grant(definition: TerraformDefinition, path: Path) -> ResolvableDefinition:
    """Return a definition whose account, and role, the grant decides."""
    if definition.keys is not None:
        raise InvalidInputError(
            "the definition has `keys`, so the grant decides its variables",
            where=str(path),
            fix="run `leastway export humanitec` for the grant, and give the folder that it writes",
        )
    inputs = terraform_inputs(definition)
    return ResolvableDefinition(
        id=definition.id,
        type=definition.type,
        driver=TERRAFORM,
        account=UnknownValue("the account of the grant's role", ("the grant",)),
        values=inputs.values,
        secrets=_hidden(inputs.secrets),
        criteria={str(number): one for number, one in enumerate(definition.criteria)},
    )


def _hidden(secrets: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: HiddenText(reference={"name": one.name}) if isinstance(one, PlatformSecret) else _hidden(one)
        for name, one in secrets.items()
    }


def _value(path: Path) -> object:
    tree, problems = read_tree(GrantFile.read(path, limit=_LARGEST))
    if tree is None or problems:
        raise GrantError(path, problems)
    return plain(tree.root)


def _at(path: Path, error: InvalidInputError, place: str = "") -> InvalidInputError:
    where = ": ".join(part for part in (str(path), f"{place}{error.where or ''}") if part)
    return InvalidInputError(error.what, where=where, fix=error.fix)
