"""Policy tests: the decisions that a team expects, one JSON object per line.

`{"id", "identity_policies": [..], "resource_policy", "permission_boundary": [..], "session_policy", "scps": [[..]],
"rcps": [[..]], "management_account", "principal", "action", "resource", "resource_account", "context_keys": {..},
"expected"}`: absent parts are null or missing; SCPs and RCPs are lists of levels. `note`, `source` and `page` are free
text. Other keys are ignored too, unless they look like a misspelling of one of these. Requests are completed as AWS
would complete them (`requests`).

If AWS would refuse to store a policy although its meaning is clear, the request is decided and the objection is
reported. A line that cannot be decided gives an Invalid result and does not affect other lines.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.evaluate import Caller, Decision, PolicySet, Request, Verdict, compile_policies
from leastway.policy.model import Document, PolicyError, PolicyKind
from leastway.policy.model.cursor import Cursor
from leastway.policy.model.parse import parse_document
from leastway.policy.model.text import PolicyText
from leastway.policy.requests import realistic_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leastway.policy.catalog import Catalog
    from leastway.policy.evaluate import ContextValue

__all__ = ["Case", "CaseResult", "Invalid", "read_case", "read_policy_set", "result_as_json", "run_cases"]

_KEYS = (
    "id",
    "identity_policies",
    "resource_policy",
    "permission_boundary",
    "session_policy",
    "scps",
    "rcps",
    "management_account",
    "principal",
    "action",
    "resource",
    "resource_account",
    "context_keys",
    "expected",
)
_REMARKS = ("note", "source", "page")
"""Never reported as a misspelling."""


@dataclass(frozen=True, slots=True)
class Case:
    """One line: the policies, the request and the expected verdict."""

    line: int
    id: str
    policies: PolicySet
    request: Request
    expected: Verdict | None
    objections: tuple[PolicyError, ...]
    """What AWS would reject about the policies."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case and its decision."""

    case: Case
    decision: Decision

    @property
    def passed(self) -> bool:
        """Whether the verdict is the expected one."""
        return self.decision.verdict is self.case.expected


@dataclass(frozen=True, slots=True)
class Invalid:
    """A line that is not a valid case; the error names its line."""

    line: int
    error: PolicyError


def result_as_json(result: CaseResult | Invalid) -> dict[str, object]:
    """Return a result as plain values: line, id, passed, expected, verdict, objections; or line and error."""
    if isinstance(result, Invalid):
        return {"line": result.line, "passed": False, "error": str(result.error)}
    case, expected = result.case, result.case.expected
    return {
        "line": case.line,
        "id": case.id,
        "passed": result.passed,
        "expected": expected.value if expected else None,
        "verdict": result.decision.verdict.value,
        "objections": [str(objection) for objection in case.objections],
    }


def run_cases(lines: Iterable[str], *, catalog: Catalog, name: str | None = None) -> Iterator[CaseResult | Invalid]:
    """Decide each line that is not blank; `name` is the file name, for errors."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = read_case(line, catalog=catalog, line=number, name=name)
            if case.expected is None:
                raise PolicyError("the case has no expected verdict", line=number, name=name, fix='add "expected"')
        except PolicyError as error:
            yield Invalid(number, error)
        else:
            yield CaseResult(case, compile_policies(case.policies).decide(case.request))


def read_case(text: str, *, catalog: Catalog, line: int = 1, name: str | None = None) -> Case:
    """Read one case; `expected` may be missing. Errors: PolicyError with line, column and JSON pointer."""
    objections: list[PolicyError] = []
    source = PolicyText(text, name, first_line=line, objections=objections)
    root = Cursor(source.read(), source)
    parts = {key: part for key, part in root.members("a case").items() if part.value is not None}
    _check_keys(parts)
    case_id = parts.get("id")
    expected = parts.get("expected")
    return Case(
        line=line,
        id=str(case_id.value) if case_id else f"line {line}",
        policies=_policies(parts),
        request=_request(root, parts, catalog),
        expected=Verdict(expected.word("expected", [item.value for item in Verdict])) if expected else None,
        objections=tuple(objections),
    )


def read_policy_set(text: str, *, name: str | None = None) -> tuple[PolicySet, tuple[PolicyError, ...]]:
    """Read the policies of a case, and what AWS would reject about them; a request in the same case is ignored.

    Errors: PolicyError with line, column and JSON pointer.
    """
    objections: list[PolicyError] = []
    source = PolicyText(text, name, objections=objections)
    root = Cursor(source.read(), source)
    parts = {key: part for key, part in root.members("a set of policies").items() if part.value is not None}
    _check_keys(parts)
    return _policies(parts), tuple(objections)


def _check_keys(parts: dict[str, Cursor]) -> None:
    for key, part in parts.items():
        known = key in _KEYS or key in _REMARKS
        close = [] if known else difflib.get_close_matches(key.lower(), _KEYS, n=1, cutoff=0.8)
        if close:
            raise part.error(f"unknown field {json.dumps(key)}", fix=f"did you mean {close[0]}?", at_key=True)


def _policies(parts: dict[str, Cursor]) -> PolicySet:
    resource = parts.get("resource_policy")
    on_role = ":role/" in str(parts["resource"].value) if "resource" in parts else False
    resource_kind = PolicyKind.TRUST if on_role else PolicyKind.RESOURCE
    management = parts.get("management_account")
    return PolicySet(
        identity=_documents(parts.get("identity_policies"), PolicyKind.IDENTITY),
        resource=parse_document(resource, resource_kind) if resource else None,
        boundary=_documents(parts.get("permission_boundary"), PolicyKind.BOUNDARY),
        session=_documents(parts.get("session_policy"), PolicyKind.SESSION),
        scps=_levels(parts.get("scps"), PolicyKind.SCP),
        rcps=_levels(parts.get("rcps"), PolicyKind.RCP),
        management_account=management.text("management_account") if management else None,
    )


def _documents(cursor: Cursor | None, kind: PolicyKind) -> tuple[Document, ...]:
    found = cursor.one_or_many() if cursor else ()
    return tuple(parse_document(item, kind) for item in found)


def _levels(cursor: Cursor | None, kind: PolicyKind) -> tuple[tuple[Document, ...], ...]:
    if cursor is None:
        return ()
    if not isinstance(cursor.value, list):
        raise cursor.error("the policies of an organization must be a list of lists, one for each level")
    return tuple(_documents(level, kind) for level in cursor.one_or_many())


def _request(root: Cursor, parts: dict[str, Cursor], catalog: Catalog) -> Request:
    texts = {
        key: parts[key].text(key) for key in ("principal", "action", "resource", "resource_account") if key in parts
    }
    for key in ("principal", "action"):
        if key not in texts:
            raise root.error(f"the case has no {key}")
    context = _context(parts.get("context_keys"))
    try:
        caller = Caller.parse(texts["principal"])
    except PolicyError as error:
        raise parts["principal"].error(error.what, fix=error.fix) from error
    try:
        return realistic_request(
            caller,
            texts["action"],
            texts.get("resource", "*"),
            resource_account=texts.get("resource_account"),
            context=context,
            catalog=catalog,
        )
    except PolicyError as error:
        raise parts["action"].error(error.what, fix=error.fix) from error


def _context(cursor: Cursor | None) -> dict[str, ContextValue]:
    context: dict[str, ContextValue] = {}
    for key, part in cursor.members("context_keys").items() if cursor else ():
        if part.value is not None:
            values = part.values("a value of a context key", scalars=True)
            context[key] = values.items[0] if values.single else values.items
    return context
