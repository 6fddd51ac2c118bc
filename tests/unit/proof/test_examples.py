"""Needs of one account that an example of another account shows: found faster, and believed only where they hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leastway.compiler import cluster_places, compile_grant
from leastway.estate import ExternalIds, ManagedPolicy, Unreadable, User
from leastway.grant import Grant
from leastway.policy.prove import Proved, Refuted, Verdict, possible
from leastway.primitives import AccountId
from leastway.proof import Claim, Proof, Standing, claims, prove
from tests.unit.proof.test_proving import ROLE_GRANT, USER_GRANT

ACCOUNTS = tuple(map(AccountId, ("111122223333", "444455556666", "777788889999")))
IDS = ExternalIds.of_accounts({one: f"kT3vQz8LmN5xR2wY7bHc4dJf6gPs9uAe{one[0]}" for one in ACCOUNTS})


def in_accounts(grant: Grant, *accounts: AccountId) -> Grant:
    (account,) = grant.accounts
    return replace(grant, accounts=tuple(replace(account, id=one) for one in accounts))


def compiled(grant: Grant) -> Standing:
    unasked = {place: Unreadable(place, "clusters are not read for a proof") for place in cluster_places(grant)}
    return Standing(compile_grant(grant, unasked, IDS).estate.objects)


def needs(proofs: tuple[Proof, ...]) -> list[Proof]:
    return [one for one in proofs if one.claim is Claim.NEEDS]


def requests(proof: Proof) -> tuple[str, str, dict[str, Any]]:
    assert isinstance(proof.verdict, Proved)
    assert proof.verdict.example is not None
    request = proof.verdict.example.request
    return request.caller.arn, f"{request.action} {request.resource}", dict(request.context)


@pytest.mark.parametrize("grant", [ROLE_GRANT, USER_GRANT], ids=["role", "user"])
def test_each_account_gets_the_verdicts_and_requests_that_it_gets_alone(grant: Grant) -> None:
    many = in_accounts(grant, *ACCOUNTS)
    together = prove(many, IDS, compiled(many))
    single = [in_accounts(grant, one) for one in ACCOUNTS]
    alone = tuple(proof for one in single for proof in prove(one, IDS, compiled(one)))
    assert [(one.text, type(one.verdict)) for one in together] == [(one.text, type(one.verdict)) for one in alone]
    assert list(map(requests, needs(together))) == list(map(requests, needs(alone)))


def test_only_the_first_account_is_searched_for_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    search = possible

    def counted(*args: Any, by: str, **options: Any) -> Verdict:
        asked.append(by)
        return search(*args, by=by, **options)

    monkeypatch.setattr(claims, "possible", counted)
    prove(only := in_accounts(ROLE_GRANT, ACCOUNTS[0]), IDS, compiled(only))
    searched, asked[:] = list(asked), []
    prove(many := in_accounts(ROLE_GRANT, *ACCOUNTS), IDS, compiled(many))
    assert asked == searched != []


def test_an_example_proves_nothing_where_it_is_not_allowed() -> None:
    grant = in_accounts(USER_GRANT, *ACCOUNTS)

    def emptied(one: Any) -> Any:
        if one.address.place.account != ACCOUNTS[1]:
            return one
        if isinstance(one, User):
            return replace(one, policies=frozenset())
        return replace(one, trust=replace(one.trust, statements=())) if hasattr(one, "trust") else one

    standing = compiled(grant)
    changed = Standing(tuple(map(emptied, standing.objects)), standing.unreadable)
    assert any(isinstance(one, ManagedPolicy) for one in changed.objects)
    refuted = {one.account for one in needs(prove(grant, IDS, changed)) if isinstance(one.verdict, Refuted)}
    assert refuted == {ACCOUNTS[1]}
    assert all(isinstance(one.verdict, Proved) for one in needs(prove(grant, IDS, standing)))
