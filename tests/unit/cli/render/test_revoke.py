import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from leastway.app.apply import apply_plan
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.app.restore import plan_restore, restore
from leastway.app.revocation_plan import RevocationPlan, plan_revocation, revocation_visitor
from leastway.app.revoke import revoke
from leastway.app.revoked import Revoked
from leastway.cli import verdicts
from leastway.cli.render.restore import print_restored, restore_question
from leastway.cli.render.revoke import print_revocation_plan, print_revoked, revocation_question
from leastway.errors import ExitCode
from leastway.estate import OtherAccess, Owner, Place, Realm, Sighting, Way
from leastway.ports.memory import MemorySites
from leastway.reconcile import Outcome
from leastway.verify import AssumeRoleCall, PlatformCaller
from tests.unit.app.conftest import grant, open_grant, sites
from tests.unit.app.test_revoke import ROLE, Clock, Platform
from tests.unit.compiler.conftest import ACCOUNT

__all__ = ["grant", "open_grant", "sites"]

MORE = (
    "try more: --platform-profile gives a profile of the platform's principal, --keys-from the keys of users,"
    " --from-listed says that this is a listed address"
)
CUT = """\
111122223333/role/humanitec-s3: nobody can assume it, everything is denied since 2026-11-28 12:00:06 UTC
111122223333/user/humanitec: everything is denied since 2026-11-28 12:00:06 UTC, key KEY-ID is inactive
7 of 7 objects deleted in clusters.
   account       request as the platform                        before  now
=  111122223333  describe cluster api                           worked  refused
=  111122223333  describe the node groups of api                worked  refused
=  111122223333  describe cluster both                          worked  refused
=  111122223333  describe the node groups of both               worked  refused
=  111122223333  describe cluster map                           worked  refused
=  111122223333  describe the node groups of map                worked  refused
=  111122223333  create deployments in namespace shop of api    worked  refused
=  111122223333  create deployments in namespace shop of both   worked  refused
=  111122223333  get deployments in namespace shop of both      worked  refused
=  111122223333  get deployments in namespace shop of map       worked  refused
=  111122223333  assume humanitec-s3 with the right external id worked  refused
=  111122223333  sign a request with the key of humanitec       worked  refused"""


@pytest.fixture
def installed(open_grant: OpenGrant, sites: MemorySites) -> OpenGrant:
    clock = Clock()
    sites.clock = clock
    ours = replace(open_grant, clock=clock)
    assert apply_plan(ours, make_plan(ours)).is_complete
    return ours


def printed(done: Revoked | RevocationPlan) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=120)
    if isinstance(done, RevocationPlan):
        print_revocation_plan(console, done)
    else:
        print_revoked(console, done, Path("evidence.json"))
    return [re.sub(r"AKIA\d+", "KEY-ID", line.rstrip()) for line in out.getvalue().splitlines()]


def test_the_plan_names_users_roles_and_clusters(installed: OpenGrant, sites: MemorySites) -> None:
    sites.objects[ROLE] = replace(sites.objects[ROLE], mark=None, owner=Owner("CloudFormation", "access"))
    plan = plan_revocation(installed)
    what = "  x access entries, access policies, bindings and aws-auth mappings of the grant"
    assert printed(plan) == [
        ACCOUNT,
        "  x user humanitec",
        "  x role humanitec-s3  CloudFormation (access) owns it, and will report drift",
        *(line for name in ("api", "both", "map") for line in (f"{ACCOUNT}/eu-central-1/{name}", what)),
        "",
    ]
    assert revocation_question(installed.grant, plan) == (
        "Cut humanitec off from everything of the grant acme (2 users and roles in 1 accounts, and 3 clusters)?"
    )


def test_a_revocation_that_was_shown(installed: OpenGrant, sites: MemorySites) -> None:
    done = revoke(installed, plan_revocation(installed), Platform(sites))
    lines = printed(done)
    assert [re.sub(r" +", " ", line) for line in lines[:16]] == [re.sub(r" +", " ", line) for line in CUT.split("\n")]
    assert lines[16] == "Not cut by any revocation, and not known whether it exists:"
    assert lines[-3:] == [
        "",
        "Cut off: 12 requests that worked before are refused, tried 2 times in a row.",
        "Evidence: evidence.json",
    ]
    assert verdicts.of_revocation(done.verdict) is ExitCode.DONE


def test_a_revocation_that_could_not_be_tried_is_not_called_cut_off(installed: OpenGrant) -> None:
    plan = plan_revocation(installed)
    done = revoke(installed, plan, revocation_visitor(installed, plan, PlatformCaller()))
    lines = printed(done)
    assert lines[-4:] == [
        "Unknown: everything was written, and read back 2 times in a row, but it is not shown that nothing works.",
        f"No request that worked before could be tried again in {ACCOUNT}.",
        f"    {MORE}",
        "Evidence: evidence.json",
    ]
    assert not any("cut off" in line.lower() for line in lines)
    assert any(line.startswith("11 requests show nothing, because they did not work before: ") for line in lines)
    assert verdicts.of_revocation(done.verdict) is ExitCode.UNKNOWN


def test_what_still_works_and_other_access_are_named(installed: OpenGrant, sites: MemorySites) -> None:
    other = Sighting(Place(ACCOUNT), Way.TRUST, "role legacy", "it trusts the platform", fix="delete it")
    sites.surroundings[Realm.IAM, Place(ACCOUNT)] = OtherAccess((other,))
    done = revoke(installed, plan_revocation(installed), Platform(sites, outliving=AssumeRoleCall))
    lines = printed(done)
    assert any(re.fullmatch(r"x .*assume humanitec-s3 .*worked  still works", line) for line in lines)
    assert f"! {ACCOUNT}  role legacy  it trusts the platform" in lines
    assert "    delete it" in lines
    assert lines[-2] == "Still works: the platform still has access (see above)."
    assert verdicts.of_revocation(done.verdict) is ExitCode.NEGATIVE


def test_a_failed_step_is_printed_with_its_fix(installed: OpenGrant, sites: MemorySites) -> None:
    done = revoke(installed, plan_revocation(installed), Platform(sites))
    first, *rest = done.steps
    failed = replace(first, outcome=Outcome.FAILED, reason="you may not", fix="allow it")
    lines = printed(replace(done, steps=(failed, *rest)))
    assert f"FAILED {first.principal}: close the trust policy: you may not" in lines
    assert "  allow it" in lines
    assert lines[-3] == "Incomplete: not everything could be cut (see above)."
    assert verdicts.of_revocation(replace(done, steps=(failed, *rest)).verdict) is ExitCode.INCOMPLETE


def test_a_grant_without_objects(open_grant: OpenGrant) -> None:
    plan = plan_revocation(open_grant)
    done = revoke(open_grant, plan, revocation_visitor(open_grant, plan, PlatformCaller()))
    assert "Nothing to cut off: no user or role of the grant exists." in printed(done)


def test_a_restore_says_how_long_old_sessions_stay_denied(installed: OpenGrant, sites: MemorySites) -> None:
    revoke(installed, plan_revocation(installed), Platform(sites))
    planned = plan_restore(installed)
    assert restore_question(planned) == (
        "A session from before the revocation lives until 2026-11-30 00:00 UTC at the latest. AWS keeps denying it, but"
        " clusters would accept it again.\nRestore 2 users and roles, and make these 8 changes?"
    )
    done = restore(installed, planned)
    out = io.StringIO()
    print_restored(Console(file=out, width=160), installed, done)
    lines = out.getvalue().splitlines()
    assert any(
        re.search(r"user/humanitec: key AKIA\d+ is active, sessions from before stay denied until", one)
        for one in lines
    )
    assert "8 done, 0 failed, 0 skipped." in lines
    assert lines[-1] == "Restored: everything matches the grant."
    assert verdicts.of_restored(done) is ExitCode.DONE
    assert verdicts.of_restored(replace(done, unconfirmed="not visible")) is ExitCode.INCOMPLETE
