"""From observed calls to the least policy that allows them.

1. Every action of every call counts, refused ones too: a run that was refused lacks exactly these.
2. A resource that a call showed is taken as it is, but for identifiers that AWS made up for what the calls created
   (`identifiers`). Where a call did not show it, the ARNs of the action's resource types stand for it, in the account
   and region of the call, and `*` if the documentation has none.
3. An action without which the answer of another one lacks a part is added.
4. Conditions are never derived: a call shows what was, and not what must be.
5. Actions with the same resources share a statement. Policies are cut so that each fits a managed policy.

What runs did not do is not in it, and neither is what AWS did for them: `LIMITS` says so in words.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from leastway.policy import Document, PolicyKind, parse_policy, policy_size
from leastway.policy.catalog import Action, load_catalog
from leastway.primitives import Partition
from leastway.suggestion.identifiers import AND_MORE, Created

__all__ = ["LIMITS", "ObservedCall", "RefusedOperation", "SuggestedStatement", "Suggestion", "suggest"]

LIMITS: Final = (
    "It has only what these runs did: a run that creates does not show what changing and destroying need.",
    "Identifiers that AWS makes up are * for a type of which these runs created one: its others are allowed too.",
    "What AWS does for the caller is not visible: a KMS key that S3 uses, a service-linked role, a log delivery.",
    "Requests to hosts that are not AWS's, and presigned URLs, are not AWS calls.",
    "No condition is derived. Add those that you mean: tags, regions, encryption.",
)
"""What a suggestion cannot know, for a person."""

_NEEDS_NOTHING: Final = frozenset({"sts:GetCallerIdentity"})
"""Actions that everybody may do. Source: STS API Reference, GetCallerIdentity."""
_IN_ANSWERS: Final = {"lambda:GetFunction": "lambda:ListTags"}
"""By action, the one that shows a part of its answer: without the tags, a module would set them at each run.

Source: AWS Lambda API Reference, GetFunction, "Tags"."""
_LARGEST: Final = 6144
"""Characters of a managed policy, without white space. Source: IAM User Guide, "IAM and STS quotas"."""
_PLACEHOLDER: Final = re.compile(r"\$\{[^}]*\}|<[^>]*>")
_OF_ANY_ACCOUNT: Final = re.compile(r"\A(arn:[^:]*:[^:]*:[^:]*:)\*:")
_REFUSED: Final = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class ObservedCall:
    """A call that a gateway judged. `accesses` are actions, each with its resource; an empty one was not visible.

    `is_refused` is true if the gateway refused it. `status` and `code` are AWS's answer, None and empty without one.
    """

    service: str
    operation: str
    region: str
    accesses: tuple[tuple[str, str], ...]
    is_refused: bool = False
    reason: str = ""
    status: int | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class RefusedOperation:
    """An operation that was refused, by whom and why, and how often."""

    operation: str
    by: str
    """`leastway` or `AWS`."""
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class SuggestedStatement:
    """Actions that are allowed on the same resources; both are sorted."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the statement as IAM writes it."""
        return {"Effect": "Allow", "Action": list(self.actions), "Resource": list(self.resources)}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to allow. `widened` are actions whose resources were not visible; no action is known for `unnamed` ones."""

    statements: tuple[SuggestedStatement, ...]
    refused: tuple[RefusedOperation, ...]
    widened: tuple[str, ...]
    unnamed: tuple[str, ...]
    calls: int

    def documents(self) -> tuple[Document, ...]:
        """Return the policies, each small enough for a managed policy. Without a statement there is none."""
        return tuple(_document(each) for each in _cut(self.statements))


def suggest(calls: Iterable[ObservedCall], partition: Partition, account: str) -> Suggestion:
    """Return the suggestion for the calls of one role, in an AWS account."""
    refused: dict[tuple[str, str, str], int] = {}
    found: dict[str, set[str]] = {}
    widened: set[str] = set()
    unnamed: set[str] = set()
    calls = list(calls)
    created = Created.by(each.accesses for each in calls)
    general: dict[tuple[str, str], str] = {}
    for call in calls:
        name = f"{call.service}:{call.operation}" if call.operation else f"a request to {call.service or 'AWS'}"
        if call.is_refused or call.status in _REFUSED:
            by, reason = ("leastway", call.reason) if call.is_refused else ("AWS", call.code)
            refused[name, by, reason] = refused.get((name, by, reason), 0) + 1
        if not call.accesses and call.operation:
            unnamed.add(name)
        in_answers = ((_IN_ANSWERS[action], resource) for action, resource in call.accesses if action in _IN_ANSWERS)
        for action, resource in (*call.accesses, *in_answers):
            if action in _NEEDS_NOTHING:
                continue
            if not resource and _has_resources(action):
                widened.add(action)
            if (action, resource) not in general:
                general[action, resource] = created.in_general(action, resource) if resource else ""
            known = general[action, resource]
            others = () if known else tuple(each for name, each in call.accesses if name == action and each)
            resources = _resources(action, known, others, call.region, partition, account)
            found.setdefault(action, set()).update(resources)
    return Suggestion(
        tuple(_statements(found)),
        tuple(RefusedOperation(*key, number) for key, number in sorted(refused.items())),
        tuple(sorted(widened)),
        tuple(sorted(unnamed)),
        len(calls),
    )


def _has_resources(action: str) -> bool:
    known = load_catalog().find_action(action)
    return known is None or bool(known.resources)


def _resources(
    action: str, resource: str, others: tuple[str, ...], region: str, partition: Partition, account: str
) -> tuple[str, ...]:
    """Return the resources for one access; `others` are those that the same call showed for the action."""
    if resource:
        resource = _OF_ANY_ACCOUNT.sub(rf"\g<1>{account}:", resource)
        base = AND_MORE(resource)
        return (resource,) if base is None else (base[1], f"{base[1]}:*")
    known = load_catalog().find_action(action)
    if known is None or not known.resources or load_catalog().has_unknown_types(known):
        return ("*",)
    return _patterns(known, others, region, partition, account) or ("*",)


@functools.lru_cache(1024)
def _patterns(
    action: Action, others: tuple[str, ...], region: str, partition: Partition, account: str
) -> tuple[str, ...]:
    """Return the ARNs of the types of an action, but for those that a call showed where it needs another one."""
    shown = {kind.name for each in others if (kind := load_catalog().resource_type_of(action, each)) is not None}
    if all(each.name in shown for each in action.resources if each.required):
        shown = set()  # what else the call is on is not known
    found = []
    for kind in load_catalog().resource_types(action):
        text = kind.arn.replace("${Partition}", partition.value).replace("${Account}", account)
        text = text.replace("${Region}", region) if region else text
        if kind.name not in shown:
            found.append(_PLACEHOLDER.sub("*", text))
    return tuple(found)


def _statements(found: dict[str, set[str]]) -> Iterator[SuggestedStatement]:
    by_resources: dict[tuple[str, ...], list[str]] = {}
    for action, resources in found.items():
        kept = ("*",) if "*" in resources else tuple(sorted(resources))
        by_resources.setdefault(kept, []).append(action)
    for kept, actions in sorted(by_resources.items(), key=lambda each: (sorted(each[1]), each[0])):
        yield SuggestedStatement(tuple(sorted(actions)), kept)


def _cut(statements: tuple[SuggestedStatement, ...]) -> Iterator[list[SuggestedStatement]]:
    """Yield the statements in groups that fit one policy each; one that is too large alone is divided by resources."""
    group: list[SuggestedStatement] = []
    for each in statements:
        for part in _parts(each):
            if group and policy_size(_document([*group, part])) > _LARGEST:
                yield group
                group = []
            group.append(part)
    if group:
        yield group


def _parts(statement: SuggestedStatement) -> Iterator[SuggestedStatement]:
    if policy_size(_document([statement])) <= _LARGEST or len(statement.resources) == len(statement.actions) == 1:
        yield statement
        return
    by_actions = len(statement.resources) == 1
    whole = statement.actions if by_actions else statement.resources
    middle = len(whole) // 2
    for half in (whole[:middle], whole[middle:]):
        part = (half, statement.resources) if by_actions else (statement.actions, half)
        yield from _parts(SuggestedStatement(*part))


def _document(statements: Iterable[SuggestedStatement]) -> Document:
    written = {"Version": "2012-10-17", "Statement": [each.as_json() for each in statements]}
    return parse_policy(written, kind=PolicyKind.IDENTITY, name="suggestion")
