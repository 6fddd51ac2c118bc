"""What runs of an environment, as its cluster reports it, and whether that cluster can be reached and used.

The checks are those that `verify` makes of a grant, made with the sessions that a deployment would have: the cluster is
described, it answers with its own CA, it allows what a deployment needs, and it denies what no deployment needs, unless
a contract of the organization gives that in a cluster of this region and name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from leastway.errors import InvalidInputError, LeastwayError
from leastway.kube import ForbiddenError, can
from leastway.kube.deploying import (
    KINDS,
    ObjectName,
    Owner,
    RuntimeStatus,
    WorkloadRuntime,
    missing_rights,
    needed_rights,
    read_runtime,
)
from leastway.proof import access_in
from leastway.registry import CLUSTER_TYPE
from leastway.resolve import ResolvedResource
from leastway.service.applications import require_application
from leastway.service.caller import Caller
from leastway.service.cluster_look import ClusterLook, open_look
from leastway.service.environments import require_environment
from leastway.service.server import Server
from leastway.tenants import Permission

__all__ = [
    "ConnectivityCheck",
    "ConnectivityCondition",
    "EnvironmentRuntime",
    "check_connectivity",
    "read_environment_runtime",
    "read_statuses",
]

_MOST_ENVIRONMENTS: Final = 5
_NEEDED: Final = ("ServiceAccount", "ConfigMap", "Secret", "Deployment", "Service")
"""The kinds that the workload of a module has."""
_NOT_CHECKED: Final = "not checked, because a check before it failed"
_OUTSIDE: Final = "leastway-verify-outside"
"""A namespace that need not exist: RBAC decides before anything is read."""
_UNNEEDED: Final = (
    ("list pods of other namespaces", ("list", "", "pods", _OUTSIDE)),
    ("get secrets of kube-system", ("get", "", "secrets", "kube-system")),
    ("create ClusterRoleBindings", ("create", "rbac.authorization.k8s.io", "clusterrolebindings", "")),
)
"""What no deployment needs: in words, and as verb, group, resource and namespace."""


@dataclass(frozen=True, slots=True)
class EnvironmentRuntime:
    """The Deployments of an environment in its namespace."""

    namespace: str
    workloads: tuple[WorkloadRuntime, ...]

    @property
    def status(self) -> RuntimeStatus | None:
        """The worst status of a workload; None if nothing runs."""
        order = (RuntimeStatus.FAILED, RuntimeStatus.STARTING, RuntimeStatus.RUNNING, RuntimeStatus.STOPPED)
        found = {one.status for one in self.workloads}
        return next((one for one in order if one in found), None)


@dataclass(frozen=True, slots=True)
class ConnectivityCondition:
    """One check: True is good, False fails the whole, and None is not known."""

    type: str
    holds: bool | None
    message: str


@dataclass(slots=True)
class ConnectivityCheck:
    """What was checked, and the resources that were needed for it."""

    conditions: list[ConnectivityCondition] = field(default_factory=list)
    resources: tuple[ResolvedResource, ...] = ()

    @property
    def is_successful(self) -> bool:
        """Whether every check could be made, and held, apart from those that are advice."""
        return all(one.holds is not False for one in self.conditions)

    def add(self, type_id: str, holds: bool | None, message: str) -> None:
        """Add a condition."""
        self.conditions.append(ConnectivityCondition(type_id, holds, message))


def read_environment_runtime(
    server: Server, caller: Caller, organization: str, application: str, environment: str
) -> EnvironmentRuntime:
    """Ask the cluster of an environment what runs there.

    Errors: NotFoundError; InvalidInputError if it has no cluster or namespace; LeastwayError if the cluster cannot be
    reached, or refuses.
    """
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        require_environment(transaction, organization, application, environment)
        deployed = transaction.deployments.objects(organization, application, environment)
    owner, known = Owner(organization, application, environment), {one.uid for one in deployed if one.uid is not None}
    with open_look(server, caller, organization, application, environment) as look:
        look.provide()
        with closing(look.connect()) as connection:
            try:
                found = read_runtime(connection, look.namespace, owner, known)
            except ForbiddenError as error:
                raise LeastwayError(
                    f"the cluster does not let the platform look: {error.what}",
                    where=error.where,
                    fix="let a rule of the grant allow to list deployments and pods in the namespace",
                ) from error
            return EnvironmentRuntime(look.namespace, found)


def read_statuses(
    server: Server, caller: Caller, organization: str, application: str, environments: Sequence[str]
) -> list[tuple[str, RuntimeStatus | None, str]]:
    """Return the status of some environments, and the error of one that could not be asked.

    Errors: NotFoundError for the application; InvalidInputError for none or too many environments.
    """
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        require_application(transaction, organization, application)
    if not 1 <= len(environments) <= _MOST_ENVIRONMENTS:
        fix = f"name 1 to {_MOST_ENVIRONMENTS} environments"
        raise InvalidInputError("it does not name environments, or too many", where="id", fix=fix)
    found: list[tuple[str, RuntimeStatus | None, str]] = []
    for environment in environments:
        try:
            status = read_environment_runtime(server, caller, organization, application, environment).status
            found.append((environment, status, ""))
        except LeastwayError as error:
            found.append((environment, None, error.what))
    return found


def check_connectivity(
    server: Server,
    caller: Caller,
    organization: str,
    application: str,
    environment: str,
    environment_type: str,
    expected: Iterable[tuple[str, str]] = (),
) -> ConnectivityCheck:
    """Check whether a deployment to an environment would reach its cluster. `expected` are (type, definition).

    A check that fails is part of the result. Errors: NotFoundError for another organization; ForbiddenError.
    """
    caller.need(Permission.OPERATE, organization)
    check = ConnectivityCheck()
    try:
        with server.store.reading() as transaction:
            found = require_environment(transaction, organization, application, environment)
        if found.type != environment_type:
            check.add("GraphCanProvision", False, f"the environment is of the type {found.type}")
        else:
            with open_look(server, caller, organization, application, environment) as look:
                _check_look(check, look, tuple(expected))
    except LeastwayError as error:
        check.add("GraphCanProvision", False, _words(error))
    known = {one.type for one in check.conditions}
    for each in ("GraphCanProvision", "ClusterCanBeReached", "DeploymentIsAllowed", "AccessIsBounded"):
        if each not in known:
            check.add(each, None, _NOT_CHECKED)
    return check


def _check_look(check: ConnectivityCheck, look: ClusterLook, expected: tuple[tuple[str, str], ...]) -> None:
    check.resources = look.resources()
    _check_expected(check, expected)
    look.provide()
    warnings = [each for one in look.provided.values() for each in one.warnings]
    cluster = next(one for key, one in look.provided.items() if key.type == CLUSTER_TYPE).values
    described = f"the cluster {cluster.get('name')} in {cluster.get('region')} is ACTIVE"
    check.add("GraphCanProvision", True, "; ".join([described, *warnings]))
    with closing(look.connect()) as connection:
        try:
            names = [
                ObjectName(version, kind, look.namespace, "leastway-verify")
                for version, kind in KINDS
                if kind in _NEEDED
            ]
            missing = missing_rights(connection, needed_rights(names, names))
        except LeastwayError as error:
            check.add("ClusterCanBeReached", False, _words(error))
            return
        check.add("ClusterCanBeReached", True, f"{connection.where} answers with its own CA, and accepts the token")
        if missing:
            rights = ", ".join(map(str, missing[:20]))
            check.add("DeploymentIsAllowed", False, f"the cluster does not allow: {rights}")
        else:
            check.add("DeploymentIsAllowed", True, f"a workload can be deployed to the namespace {look.namespace}")
        given = access_in(look.contracts(), cluster["region"], cluster["name"])
        untried = {words for words, call in _UNNEEDED if any(each.may_allow(*call) for each in given)}
        beyond = [words for words, call in _UNNEEDED if words not in untried and can(connection, *call)]
        if beyond:
            check.add("AccessIsBounded", None, f"the platform may also {', '.join(beyond)}")
        else:
            given_words = f"; the contract gives: {', '.join(sorted(untried))}" if untried else ""
            check.add("AccessIsBounded", True, f"what a grant does not give is denied{given_words}")


def _check_expected(check: ConnectivityCheck, expected: tuple[tuple[str, str], ...]) -> None:
    if not expected:
        return
    used = {(one.key.type, one.definition.id) for one in check.resources if one.definition is not None}
    missing = [f"{definition} for {type_id}" for type_id, definition in expected if (type_id, definition) not in used]
    if missing:
        check.add("ExpectedDefinitionsMatch", False, f"not used: {', '.join(missing)}")
    else:
        check.add("ExpectedDefinitionsMatch", True, "the expected definitions are used")


def _words(error: LeastwayError) -> str:
    return f"{error.what}; {error.fix}" if error.fix else error.what
