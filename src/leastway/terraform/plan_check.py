"""The check of a plan: findings on the IAM policies in it, removals, and the operator's own rules by conftest.

All of it is advice for whoever approves: a hostile provider can plan one thing and do another. A policy that is known
only after the apply is reported as unchecked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from leastway.errors import InvalidInputError
from leastway.lint import Result, Severity, Unchecked, lint, lint_reading
from leastway.lint.exhibit import Attachment
from leastway.lint.readers import FileReading
from leastway.policy.model import PolicyError, PolicyKind
from leastway.terraform.foreign import is_marked
from leastway.terraform.plan import ActionKind, Plan, PlannedChange

if TYPE_CHECKING:
    from leastway.lint import Knowledge

__all__ = ["Checked", "RuleResult", "check_plan", "conftest_command", "read_conftest"]

_IDENTITY, _TRUST, _RESOURCE = PolicyKind.IDENTITY, PolicyKind.TRUST, PolicyKind.RESOURCE
_POLICIES: Final[Mapping[str, Mapping[str, PolicyKind]]] = {
    "aws_iam_policy": {"policy": _IDENTITY},
    "aws_iam_role": {"assume_role_policy": _TRUST},
    "aws_iam_role_policy": {"policy": _IDENTITY},
    "aws_iam_user_policy": {"policy": _IDENTITY},
    "aws_iam_group_policy": {"policy": _IDENTITY},
    "aws_ssoadmin_permission_set_inline_policy": {"inline_policy": _IDENTITY},
    "aws_backup_vault_policy": {"policy": _RESOURCE},
    "aws_ecr_repository_policy": {"policy": _RESOURCE},
    "aws_efs_file_system_policy": {"policy": _RESOURCE},
    "aws_glacier_vault": {"access_policy": _RESOURCE},
    "aws_kms_key": {"policy": _RESOURCE},
    "aws_kms_key_policy": {"policy": _RESOURCE},
    "aws_opensearch_domain_policy": {"access_policies": _RESOURCE},
    "aws_s3_bucket": {"policy": _RESOURCE},
    "aws_s3_bucket_policy": {"policy": _RESOURCE},
    "aws_secretsmanager_secret": {"policy": _RESOURCE},
    "aws_secretsmanager_secret_policy": {"policy": _RESOURCE},
    "aws_sns_topic": {"policy": _RESOURCE},
    "aws_sns_topic_policy": {"policy": _RESOURCE},
    "aws_sqs_queue": {"policy": _RESOURCE},
    "aws_sqs_queue_policy": {"policy": _RESOURCE},
}
"""The attributes that are policies, by type of resource. Source: the documentation of the provider hashicorp/aws 6."""

_INLINE: Final = ("aws_iam_role", "inline_policy")
_ATTACHED: Final = {
    "aws_iam_policy_attachment": "policy_arn",
    "aws_iam_role_policy_attachment": "policy_arn",
    "aws_iam_user_policy_attachment": "policy_arn",
    "aws_iam_group_policy_attachment": "policy_arn",
    "aws_eks_access_policy_association": "policy_arn",
}
_ATTACHED_LISTS: Final = {"aws_iam_role": "managed_policy_arns"}
_AFTER = (ActionKind.CREATE, ActionKind.UPDATE, ActionKind.REPLACE)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What a rule of the operator's own says about a plan."""

    message: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check of a plan found. `removals` are the resources that would be deleted or replaced."""

    results: tuple[Result, ...]
    removals: tuple[PlannedChange, ...]
    rules: tuple[RuleResult, ...] = ()

    @property
    def has_errors(self) -> bool:
        """Whether a finding or a rule is an error."""
        found = [each.severity for each in self.results if not isinstance(each, Unchecked)]
        return Severity.ERROR in (*found, *(each.severity for each in self.rules))


def check_plan(plan: Plan, knowledge: Knowledge | None = None, rules: tuple[RuleResult, ...] = ()) -> Checked:
    """Check the policies that a plan would create or change. The `file` of each result is the resource's address."""
    results: list[Result] = []
    for change in plan.changes:
        if change.action in _AFTER:
            results += _policies(change, knowledge)
            results += _attached(change, knowledge)
    return Checked(tuple(results), plan.removals, rules)


def conftest_command(program: Path, policies: Path) -> tuple[str, ...]:
    """Return the command that judges a plan on its standard input by the rules in a folder. https://www.conftest.dev"""
    return (str(program), "test", "--output=json", "--no-color", "--parser=json", f"--policy={policies}", "-")


def read_conftest(text: bytes, *, status: int) -> tuple[RuleResult, ...]:
    """Return what conftest found: failures are errors, warnings are warnings.

    Errors: InvalidInputError if it did not judge: exit codes other than 0 and 1, another form, no rule at all.
    """
    try:
        found = json.loads(text) if status in (0, 1) else None
        judged = sum(each.get("successes", 0) + len(each.get("failures") or ()) for each in found or ())
        judged += sum(len(each.get("warnings") or ()) for each in found or ())
        kinds = (("failures", Severity.ERROR), ("warnings", Severity.WARNING))
        results = tuple(
            RuleResult(str(one["msg"]), severity)
            for each in found or ()
            for name, severity in kinds
            for one in each.get(name) or ()
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found, judged, results = None, 0, ()
    if not found or not judged:
        what = f"conftest judged nothing (exit code {status})"
        raise InvalidInputError(what, where="conftest", fix="run it with the same rules on a plan, as JSON")
    if status == 1 and not any(each.severity is Severity.ERROR for each in results):
        raise InvalidInputError(
            "conftest failed without naming a failure", where="conftest", fix="run it with the same rules on a plan"
        )
    return results


def _policies(change: PlannedChange, knowledge: Knowledge | None) -> Iterator[Result]:
    for name, kind in _POLICIES.get(change.type, {}).items():
        if is_marked(change.unknown.get(name)):
            yield _unknown(change, name)
        else:
            yield from _linted(change, name, change.after.get(name), kind, knowledge)
    if change.type == _INLINE[0]:
        if is_marked(change.unknown.get(_INLINE[1])):
            yield _unknown(change, _INLINE[1])
        for inline in change.after.get(_INLINE[1]) or ():
            if isinstance(inline, dict):
                yield from _linted(change, _INLINE[1], inline.get("policy"), _IDENTITY, knowledge)


def _linted(
    change: PlannedChange, name: str, text: Any, kind: PolicyKind, knowledge: Knowledge | None
) -> Iterator[Result]:
    if not isinstance(text, str) or not text.strip():
        return
    try:
        results = lint(text, knowledge=knowledge, kind=kind)
    except PolicyError as error:
        yield Unchecked(None, f"{name} cannot be read: {error.what}", error.fix, file=change.address)
        return
    if results is None:
        yield Unchecked(None, f"{name} is not a policy", "write a policy of IAM", file=change.address)
    for each in results or ():
        yield replace(each, file=change.address, pointer=f"/{name}{each.pointer}", position=None)


def _attached(change: PlannedChange, knowledge: Knowledge | None) -> Iterator[Result]:
    arns = [change.after.get(_ATTACHED.get(change.type, ""))]
    arns += change.after.get(_ATTACHED_LISTS.get(change.type, "")) or ()
    for arn in arns:
        if isinstance(arn, str):
            for each in lint_reading(None, FileReading(attachments=(Attachment(arn),)), knowledge=knowledge):
                yield replace(each, file=change.address)


def _unknown(change: PlannedChange, name: str) -> Unchecked:
    fix = "look at the module: the policy depends on a resource that does not exist yet"
    return Unchecked(None, f"{name} is known only after the apply", fix, file=change.address)
