import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from leastway.app.apply import apply_plan
from leastway.app.offboard import Offboarded, offboard, plan_offboarding
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.cli.render.offboard import print_offboarded
from leastway.custody import FirstKeys
from leastway.estate import AccessEntry, Mark, Observed, Place, Unreadable
from leastway.ports import Observation
from leastway.primitives import Secret
from leastway.reconcile import Applied, Change, ChangeAction, Outcome
from tests.unit.app.conftest import grant, open_grant, sites

__all__ = ["grant", "open_grant", "sites"]

ACCOUNT = "111122223333"
PROD = Place(ACCOUNT, "eu-central-1", "prod")
OF_OTHERS = "Access that others gave the platform stays; leastway status shows it, also after this."


def printed(open_grant: OpenGrant, done: Offboarded) -> list[str]:
    out = io.StringIO()
    print_offboarded(Console(file=out, width=80), done, Path("evidence.json"), open_grant.keys)
    return out.getvalue().splitlines()


def offboarded(open_grant: OpenGrant) -> Offboarded:
    apply_plan(open_grant, make_plan(open_grant))
    return offboard(open_grant, plan_offboarding(open_grant))


def test_a_complete_offboarding_says_what_it_is_not_about(open_grant: OpenGrant) -> None:
    assert printed(open_grant, offboarded(open_grant)) == [
        "Nothing left (checked 2 times in a row). Evidence: evidence.json",
        OF_OTHERS,
    ]


def test_what_is_left_is_printed_with_reason_and_fix(open_grant: OpenGrant) -> None:
    done = offboarded(open_grant)
    first, *others = done.applied.results
    failed = replace(first, outcome=Outcome.FAILED, reason="access denied", fix="allow it")
    entry = AccessEntry(PROD, f"arn:aws:iam::{ACCOUNT}:user/humanitec")
    left = Observation({entry.address: Observed(entry, Mark("acme"))}, (Unreadable(PROD, "no way in", "log in"),))
    assert printed(open_grant, replace(done, applied=Applied((failed, *others)), left=left)) == [
        f"FAILED {first.change.address}: access denied",
        "  allow it",
        f"! {entry.address} still exists",
        f"? {PROD}  no way in",
        "    log in",
        "Some objects still exist (checked 2 times in a row). Evidence: evidence.json",
        "Follow the fixes above, then run the same command again to continue.",
        "Give up a place that can never be read again with --give-up; the evidence names it.",
    ]


def test_unreadable_places_are_not_reported_as_left(open_grant: OpenGrant) -> None:
    done = replace(offboarded(open_grant), left=Observation(unreadable=(Unreadable(PROD, "no way in", "log in"),)))
    unseen = "Not everything could be read, so objects may still exist (checked 2 times in a row)."
    assert f"{unseen} Evidence: evidence.json" in printed(open_grant, done)


@pytest.mark.parametrize("stage", ["", "new", "old"])
def test_a_key_file_that_no_longer_works_is_named(open_grant: OpenGrant, stage: str) -> None:
    keys = FirstKeys(open_grant.keys.folder, stage=stage)
    keys.keep(ACCOUNT, "humanitec", "AKIDEXAMPLE", Secret("s3cr3t"))
    first, *_ = printed(open_grant, offboarded(open_grant))
    assert first == f"The key in {keys.path(ACCOUNT, 'humanitec')} no longer works: delete the file."


def test_a_held_object_is_printed_with_what_uses_it(open_grant: OpenGrant) -> None:
    done = offboarded(open_grant)
    entry = AccessEntry(PROD, f"arn:aws:iam::{ACCOUNT}:user/humanitec")
    held = Change(entry.address, ChangeAction.BLOCKED, "it is still used by user jane", fix="detach it there")
    left = Observation({entry.address: Observed(entry, Mark("acme"))})
    assert printed(open_grant, replace(done, plan=replace(done.plan, changes=(held,)), left=left)) == [
        f"! {entry.address} still exists: it is still used by user jane",
        "    detach it there",
        "Some objects still exist (checked 2 times in a row). Evidence: evidence.json",
        "Follow the fixes above, then run the same command again to continue.",
    ]


def test_a_place_that_was_given_up_is_named(open_grant: OpenGrant) -> None:
    done = replace(offboarded(open_grant), given_up=frozenset({ACCOUNT}))
    assert printed(open_grant, done) == [
        f"! {ACCOUNT} was given up, and was not read",
        "Nothing left in the places that were read (checked 2 times in a row). Evidence: evidence.json",
        OF_OTHERS,
    ]
