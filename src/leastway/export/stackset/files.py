"""The files of `stackset`: a template for each stack set, a script that deploys them, and scripts for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from leastway.export.aws_cli.words import comment, own_partition, quoted
from leastway.export.cloudformation import Part, parts_of, rest_of
from leastway.export.cloudformation.template import LARGEST_INLINE
from leastway.export.exporter import CannotExportError, ExportRequest
from leastway.export.header import header
from leastway.export.stackset.sets import Set, sets_of

__all__ = ["StackSet"]

_HOW = (
    "It needs credentials of the organization's management account or, with CALL_AS=DELEGATED_ADMIN, of an account",
    "that is registered for stack sets and can read the organization. Stack sets must be activated there once:",
    "  aws cloudformation activate-organizations-access",
    "",
    "Each set-N.yaml becomes a service-managed stack set, with stacks only in the accounts named below. Such sets",
    "never deploy to the management account, which gets a separate stack. The script can be run again, also after it",
    "was interrupted: existing stacks are updated. Run it with: sh deploy.sh. Then, with credentials of each account,",
    "run sh ACCOUNT-rest.sh for what CloudFormation cannot do. `leastway plan` shows what is left.",
)


class StackSet:
    """Stack sets for the accounts of an organization."""

    name = "stackset"
    makes = "CloudFormation stack sets for an organization, with the script that deploys them"

    def export(self, request: ExportRequest) -> Mapping[str, str]:
        """Return `set-1.yaml` and so on, `deploy.sh`, and `111122223333-rest.sh`."""
        parts: list[Part] = []
        rest: dict[str, str] = {}
        for account, objects in request.by_account().items():
            own, beyond = parts_of(account, objects)
            parts.extend(own)
            rest |= rest_of(request, account, objects, beyond)
        sets = tuple(sets_of(request, parts))
        if not sets:
            raise CannotExportError("the grant has no objects that a stack can create", where=request.grant)
        return {one.file: _template(request, one) for one in sets} | {"deploy.sh": _script(request, sets)} | rest


def _template(request: ExportRequest, one: Set) -> str:
    what = "access of the platform to" if one.is_home else f"access entries in {one.region} for"
    objects = [each for part in one.parts for each in part.objects]
    title = f"{what} {len(one.parts)} accounts" if len(one.parts) > 1 else f"{what} the account {one.accounts[0]}"
    text = comment([*header(request, title, objects), "", "Deployed by deploy.sh."]) + "\n" + one.template
    if len(text.encode()) > LARGEST_INLINE:
        raise CannotExportError(
            f"the template has {len(text.encode()):,} bytes, and a call allows {LARGEST_INLINE:,}",
            where=f"{one.accounts[0]}/{one.region}",
            fix="export as cloudformation, and deploy that account's template from a bucket",
        )
    return text


def _script(request: ExportRequest, sets: tuple[Set, ...]) -> str:
    objects = [each for one in sets for part in one.parts for each in part.objects]
    head = header(request, f"deployment of the stack sets with the access of the platform {request.profile}", objects)
    functions = resources.files("leastway.export.stackset").joinpath("deploy.sh").read_text("utf-8").rstrip()
    parts = ["#!/bin/sh", comment([*head, "", *_HOW]), "", f"name={quoted(f'leastway-{request.grant}')}"]
    parts.append(f"home={quoted(sets[0].region)} # the region of the stack sets themselves")
    parts += [*own_partition(sets[0].region), "", functions, ""]
    for one in sets:
        accounts = " \\\n".join(f"  {account}" for account in one.accounts)
        parts.append(f"deploy {one.number} {quoted(one.region)} \\\n{accounts}")
    return "\n".join(parts) + "\n"
