"""The definitions of an organization as a resolution reads them: only what one environment needs.

The criteria that hold in the environment are read once, a definition when a resource gets it. A resource that is pinned
to a version of the definition that it gets has that version. Of secrets, only the placeholders are kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.ports import SealedSecret, SecretPlace
from leastway.registry import (
    BUILT_IN_DRIVERS,
    BUILT_IN_TYPES,
    ActiveResource,
    ActiveResourceStatus,
    DefinitionVersion,
    ResourceKey,
    decoded_inputs,
    is_secret_output,
)
from leastway.resolve import (
    DefinitionIndex,
    DefinitionsRead,
    DeploymentContext,
    MatchingRule,
    Outputs,
    ResolvableDefinition,
    SettledIndex,
    outlined,
    read_secret_refs,
)
from leastway.store import ConflictError, PlatformStore, Transaction

__all__ = ["SecretOutlines", "StoredDefinitions"]

_MOST_OUTLINES: Final = 10_000


class SecretOutlines:
    """The placeholders in sealed secrets, kept so that a resolution does not open the same secret again. Thread-safe.

    A secret in a version never changes, and its nonce says which one it is. An outline has no secret in it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[SecretPlace, bytes], Mapping[str, Any]] = OrderedDict()

    def of(self, sealed: SealedSecret, read: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """Return the outline of secrets, which `read` opens if it is not known."""
        place = (sealed.place, sealed.nonce)
        with self._lock:
            known = self._known.get(place)
            if known is not None:
                self._known.move_to_end(place)
                return known
        found: Mapping[str, Any] = outlined(read())
        with self._lock:
            self._known[place] = found
            if len(self._known) > _MOST_OUTLINES:
                self._known.popitem(last=False)
        return found


class StoredDefinitions:
    """See `leastway.resolve.DefinitionLookup`. `read_secrets` returns the outline of a version's secrets."""

    def __init__(
        self,
        store: PlatformStore,
        context: DeploymentContext,
        transaction: Transaction,
        read_secrets: Callable[[str, DefinitionVersion], Mapping[str, Any]],
        settled: Mapping[ResourceKey, tuple[MatchingRule, str]] | None = None,
        known: DefinitionsRead | None = None,
    ) -> None:
        """Read the criteria that hold in the environment. Errors: InvalidInputError for equal ones of one type.

        `settled` are the rules of a deployment and the versions of their definitions, which count instead. What is
        `known` is not read again, and what is read becomes known.
        """
        self._store = store
        self._organization = context.organization
        self._read_secrets = read_secrets
        self._index: DefinitionIndex
        if settled is not None:
            self._index = SettledIndex({key: rule for key, (rule, _) in settled.items()})
        else:
            found = transaction.criteria.that_can_match(
                context.organization,
                application=context.application,
                environment=context.environment,
                environment_type=context.environment_type,
            )
            self._index = DefinitionIndex(
                MatchingRule(type_id, definition, one.criterion, one.id) for type_id, definition, one in found
            )
        self._active = transaction.active_resources.of_environment(
            context.organization, context.application, context.environment
        )
        self._pinned = {_key(one): (one.definition, one.target_version) for one in self._active if one.target_version}
        if settled is not None:
            self._pinned = {key: (rule.definition, version) for key, (rule, version) in settled.items()}
        self._found: DefinitionsRead = {} if known is None else known
        self._types: dict[str, Mapping[str, Any]] = {}

    @property
    def index(self) -> DefinitionIndex:
        """The rules that can match in the environment."""
        return self._index

    def definition(self, identifier: str, key: ResourceKey) -> ResolvableDefinition:
        """Return a definition with the outline of its secrets.

        Errors: ConflictError if it was deleted since its criteria were read; InvalidInputError if the resource is
        pinned to a version that cannot be used; DamagedError.
        """
        pinned = self._pinned_version(identifier, key)
        if (identifier, pinned) not in self._found:
            with self._store.reading() as transaction:
                stored = transaction.definitions.find(self._organization, identifier)
                if stored is None:
                    raise ConflictError(f"the definition {identifier!r} is being deleted", fix="try again")
                version = stored.active
                if pinned is not None:
                    target = transaction.definitions.version(self._organization, identifier, pinned)
                    if target is None or target.is_archived or target.type != version.type:
                        what = f"it is pinned to a version of {identifier!r} that does not exist or is archived"
                        raise InvalidInputError(what, where=str(key), fix="pin it to another version, or unpin it")
                    version = target
            secrets = self._read_secrets(identifier, version)
            found = replace(_resolvable(identifier, version), secrets=secrets, is_pinned=pinned is not None)
            self._found[identifier, pinned] = found
        return self._found[identifier, pinned]

    def rules_of_type(self, type_id: str) -> tuple[MatchingRule, ...]:
        """Return all rules of a resource type."""
        with self._store.reading() as transaction:
            found = transaction.criteria.of_type(self._organization, type_id)
            return tuple(MatchingRule(type_id, definition, one.criterion, one.id) for definition, one in found)

    def is_secret_output(self, type_id: str, path: Sequence[str]) -> bool:
        """Return whether a resource type, built-in or the organization's own, says that an output is a secret."""
        if type_id not in self._types:
            known = BUILT_IN_TYPES.get(type_id)
            if known is None and "/" in type_id:
                with self._store.reading() as transaction:
                    known = transaction.resource_types.find_type(self._organization, type_id)
            self._types[type_id] = {} if known is None else known.outputs_schema
        return is_secret_output(self._types[type_id], path)

    def outputs(self, context: DeploymentContext) -> Mapping[ResourceKey, Outputs]:
        """Return the outputs of active resources whose version of the definition the next deployment would use too."""
        candidates = [one for one in self._active if one.status is ActiveResourceStatus.ACTIVE]
        with self._store.reading() as transaction:
            versions = transaction.definitions.active_versions(
                self._organization, {one.definition for one in candidates}
            )
        found = {}
        for one in candidates:
            key = _key(one)
            rule = self._index.best(key, context)
            next_version = self._pinned_version(one.definition, key) or versions.get(one.definition)
            if rule is not None and rule.definition == one.definition and one.definition_version == next_version:
                found[key] = Outputs(one.outputs, read_secret_refs(one.secret_refs, "secret_refs"))
        return found

    def _pinned_version(self, identifier: str, key: ResourceKey) -> str | None:
        """Return the version to which a resource is pinned, if it is one of the definition that the resource gets."""
        definition, version = self._pinned.get(key, ("", None))
        return version if definition == identifier else None


def _key(one: ActiveResource) -> ResourceKey:
    return ResourceKey(one.type, one.resource_class, one.id)


def _resolvable(identifier: str, version: DefinitionVersion) -> ResolvableDefinition:
    values = (version.inputs.values if version.inputs is not None else None) or {}
    driver = BUILT_IN_DRIVERS.get(version.driver)
    return ResolvableDefinition(
        id=identifier,
        type=version.type,
        driver=version.driver,
        version=version.id,
        account=version.account,
        values=values if driver is None else decoded_inputs(driver, values),
        provision=version.provision or {},
        in_place_driver_change=version.in_place_driver_change,
    )
