"""Decide one request, with policies from files and a request from flags or a file, and explain the decision."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leastway.app.policy.files import name_of, read_policy_text
from leastway.policy import PolicyKind, parse_policy
from leastway.policy.cases import read_case
from leastway.policy.catalog import load_catalog
from leastway.policy.evaluate import PolicySet, compile_policies
from leastway.policy.explain import explain
from leastway.policy.requests import realistic_request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from leastway.policy import Document, PolicyError
    from leastway.policy.evaluate import ContextValue, Request
    from leastway.policy.explain import Explanation

__all__ = ["Decided", "PolicyFiles", "RequestWords", "decide", "decide_case"]


@dataclass(frozen=True, slots=True)
class PolicyFiles:
    """The files of all policies that apply; `scps` and `rcps` are levels from the organization's root down."""

    identity: Sequence[Path] = ()
    resource: Path | None = None
    boundary: Sequence[Path] = ()
    session: Sequence[Path] = ()
    scps: Sequence[Sequence[Path]] = ()
    rcps: Sequence[Sequence[Path]] = ()


@dataclass(frozen=True, slots=True)
class RequestWords:
    """A request as a person writes it; the context keys that AWS adds are added later."""

    principal: str
    action: str
    resource: str = "*"
    resource_account: str | None = None
    context: Mapping[str, ContextValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decided:
    """The request, the decision with its reasons, and what AWS would reject in the policies.

    `files` names the file of each policy by the name that reasons use: `identity policy 0`, `scp policy level 1 0`.
    """

    request: Request
    explanation: Explanation
    objections: tuple[PolicyError, ...]
    files: Mapping[str, str]


def decide(files: PolicyFiles, words: RequestWords) -> Decided:
    """Decide the request. Errors: InvalidInputError for an invalid file or request."""
    request = realistic_request(
        words.principal,
        words.action,
        words.resource,
        resource_account=words.resource_account,
        context=words.context,
        catalog=load_catalog(),
    )
    objections: list[PolicyError] = []
    policies = _read(files, request.resource, objections)
    return _decide(policies, request, objections, _names(files, PolicySet()))


def decide_case(path: Path, files: PolicyFiles) -> Decided:
    """Decide the request of a file in the format of `policy test`; its policies and those of `files` all apply."""
    catalog = load_catalog()
    case = read_policy_text(path, lambda text, name: read_case(text, catalog=catalog, name=name))
    objections = list(case.objections)
    more, own = _read(files, case.request.resource, objections), case.policies
    policies = replace(
        own,
        identity=(*own.identity, *more.identity),
        resource=more.resource or own.resource,
        boundary=(*own.boundary, *more.boundary),
        session=(*own.session, *more.session),
        scps=(*own.scps, *more.scps),
        rcps=(*own.rcps, *more.rcps),
    )
    return _decide(policies, case.request, objections, _names(files, own))


def _decide(policies: PolicySet, request: Request, objections: list[PolicyError], files: Mapping[str, str]) -> Decided:
    explanation = explain(compile_policies(policies), request, load_catalog())
    return Decided(request, explanation, tuple(objections), files)


def _names(files: PolicyFiles, before: PolicySet) -> dict[str, str]:
    """Return the file of each policy by the name that reasons use; the policies of `before` are numbered first."""
    several = (
        ("identity policy", files.identity, len(before.identity)),
        ("boundary policy", files.boundary, len(before.boundary)),
        ("session policy", files.session, len(before.session)),
        ("resource policy", [files.resource] if files.resource else [], 0),
        *((f"scp policy level {level}", paths, 0) for level, paths in enumerate(files.scps, len(before.scps))),
        *((f"rcp policy level {level}", paths, 0) for level, paths in enumerate(files.rcps, len(before.rcps))),
    )
    return {
        f"{kind} {number}": name_of(path) for kind, paths, first in several for number, path in enumerate(paths, first)
    }


def _read(files: PolicyFiles, resource: str, objections: list[PolicyError]) -> PolicySet:
    def one(path: Path, kind: PolicyKind) -> Document:
        def parse(text: str, name: str) -> Document:
            return parse_policy(text, kind=kind, name=name, objections=objections)

        return read_policy_text(path, parse)

    def several(paths: Sequence[Path], kind: PolicyKind) -> tuple[Document, ...]:
        return tuple(one(path, kind) for path in paths)

    own_kind = PolicyKind.TRUST if ":role/" in resource else PolicyKind.RESOURCE
    return PolicySet(
        identity=several(files.identity, PolicyKind.IDENTITY),
        resource=one(files.resource, own_kind) if files.resource else None,
        boundary=several(files.boundary, PolicyKind.BOUNDARY),
        session=several(files.session, PolicyKind.SESSION),
        scps=tuple(several(level, PolicyKind.SCP) for level in files.scps),
        rcps=tuple(several(level, PolicyKind.RCP) for level in files.rcps),
    )
