"""The access review: what it takes from plan, proofs and verification, and what it never shows as good."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from leastway.app.apply import apply_plan
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.app.review import make_review, write_review
from leastway.app.review.sections import sections
from leastway.errors import LeastwayError
from leastway.estate import Place, Role, Sighting, Way, Weight, role_address
from leastway.export.review import State
from leastway.grant import Identity, find_profile
from leastway.policy import PolicyKind, parse_policy
from leastway.ports.memory import MemorySites
from tests.unit.app.test_life_of_a_grant import API
from tests.unit.compiler.conftest import ACCOUNT, S3_ROLE

EVERYONE = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
"Principal": "*", "Condition": {"StringEquals": {"sts:ExternalId": "another-id-of-enough-length"}}}]}"""


def rows(page: str) -> list[str]:
    """Return the text of each row of a table, with one space between the cells."""
    found = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def summary(page: str) -> dict[str, str]:
    """Return the result of each check, by the anchor of its section."""
    return {
        name: " ".join(result.split())
        for name, result in re.findall(r'href="#([a-z-]+)".*?</span> ([a-z ]+)</span>', page)
    }


def test_page_without_live_shows_nothing_as_read(open_grant: OpenGrant) -> None:
    reviewed = make_review(open_grant)
    results = summary(reviewed.page)
    assert {results[name] for name in ("plan", "verification", "other-access", "not-read")} == {"not read"}
    assert results["proofs"] == "good"
    edges = [row for row in rows(reviewed.page) if re.match(r"\d+ ", row)]
    assert edges
    assert all("○ not read" in row for row in edges)
    assert not any("as expected" in row for row in edges)


def test_lines_have_the_state_of_their_objects_in_the_plan(open_grant: OpenGrant, sites: MemorySites) -> None:
    before = make_review(open_grant, live=True).page
    assert any("cluster api" in row and "✗ missing" in row for row in rows(before))
    apply_plan(open_grant, make_plan(open_grant))
    after = make_review(open_grant, live=True).page
    assert any("cluster api" in row and "✓ as expected" in row for row in rows(after))
    assert not any("✗ missing" in row for row in rows(after))


def test_cluster_that_cannot_be_read_is_unknown_on_its_lines(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply_plan(open_grant, make_plan(open_grant))
    del sites.facts[API]
    page = make_review(open_grant, live=True).page
    edges = [row for row in rows(page) if re.match(r"\d+ ", row) and "cluster api" in row]
    assert edges
    assert all("? unknown" in row for row in edges)
    assert summary(page)["not-read"] == "unknown"


def test_refuted_proof_has_its_counterexample_and_no_external_id(open_grant: OpenGrant, sites: MemorySites) -> None:
    planned = make_plan(open_grant)
    apply_plan(open_grant, planned)
    address = role_address((ACCOUNT, S3_ROLE.name))
    observed = sites.objects[address]
    assert isinstance(observed.object, Role)
    trust = parse_policy(EVERYONE, kind=PolicyKind.TRUST)
    sites.objects[address] = replace(observed, object=replace(observed.object, trust=trust))
    page = make_review(open_grant, live=True).page
    assert any(row.startswith("✗ refuted") and "counterexample: " in row for row in rows(page))
    assert any("assumes" in row and row.endswith("✗ refuted") for row in rows(page))
    for ids in planned.external_ids.by_role.values():
        assert ids.current not in page
    assert "another-id-of-enough-length" not in page
    assert "anot…" in page


def test_page_is_written_for_its_owner_only_and_not_through_a_link(tmp_path: Path) -> None:
    page = tmp_path / "review.html"
    write_review(page, "<p>")
    assert page.stat().st_mode & 0o777 == 0o600
    link = tmp_path / "link.html"
    link.symlink_to(page)
    with pytest.raises(LeastwayError, match="link"):
        write_review(link, "other")
    assert page.read_text() == "<p>"


def test_other_access_that_cannot_be_read_is_not_called_read(open_grant: OpenGrant) -> None:
    planned = make_plan(open_grant)
    unread = Sighting(Place(ACCOUNT), Way.TRUST, "roles", "they could not be read", Weight.UNKNOWN)
    planned = replace(planned, plan=replace(planned.plan, sightings=(unread,)))
    found = {one.name: one for one in sections(open_grant, (), planned, (), ())}
    assert found["other-access"].state is State.UNKNOWN
    assert found["not-read"].state is State.UNKNOWN
    assert "they could not be read" in found["not-read"].items[0].text


def test_a_platform_with_tokens_is_named_by_its_issuer(open_grant: OpenGrant) -> None:
    platform = find_profile("github-actions")
    account = replace(open_grant.grant.accounts[0], clusters=())
    grant = replace(open_grant.grant, platform=platform, accounts=(account,), identity=Identity.TRUST_ROLE)
    page = make_review(replace(open_grant, grant=grant)).page
    assert "tokens of token.actions.githubusercontent.com" in page
    assert "None" not in page


def test_the_line_of_a_boundary_that_was_not_read_is_not_called_proved(open_grant: OpenGrant) -> None:
    account = replace(open_grant.grant.accounts[0], permissions_boundary="teams/Boundary")
    grant = replace(open_grant.grant, accounts=(account,), identity=Identity.TRUST_ROLE)
    lines = [row for row in rows(make_review(replace(open_grant, grant=grant)).page) if "policy Boundary" in row]
    assert lines
    assert all("? unknown" in line for line in lines)
