from __future__ import annotations

import pytest

from leastway.cli import verdicts
from leastway.errors import ExitCode
from leastway.estate import Place
from leastway.verify import (
    EksAction,
    EksCall,
    Origin,
    Probe,
    ProbeAnswer,
    ProbeRequest,
    ProbeVerdict,
    Verified,
    gaps,
    run,
    verdict,
)

ALLOWED, DENIED, SKIPPED, UNKNOWN = (
    ProbeVerdict.ALLOWED,
    ProbeVerdict.DENIED,
    ProbeVerdict.SKIPPED,
    ProbeVerdict.UNKNOWN,
)


def probe(expected: ProbeVerdict, name: str = "prod", account: str = "111122223333") -> Probe:
    request = EksCall(Place(account, "eu-central-1", name), EksAction.DESCRIBE, Origin.LISTED)
    return Probe(account, f"describe cluster {name}", request, expected)


@pytest.mark.parametrize(
    ("answers", "meant", "code"),
    [
        ([(ALLOWED, ALLOWED), (DENIED, DENIED)], ALLOWED, ExitCode.DONE),
        ([(ALLOWED, ALLOWED), (DENIED, DENIED), (ALLOWED, SKIPPED), (DENIED, SKIPPED)], ALLOWED, ExitCode.DONE),
        ([(ALLOWED, ALLOWED), (DENIED, SKIPPED)], UNKNOWN, ExitCode.UNKNOWN),
        ([(ALLOWED, SKIPPED), (DENIED, DENIED)], UNKNOWN, ExitCode.UNKNOWN),
        ([(ALLOWED, ALLOWED)], UNKNOWN, ExitCode.UNKNOWN),
        ([(ALLOWED, ALLOWED), (DENIED, ALLOWED)], DENIED, ExitCode.NEGATIVE),
        ([(ALLOWED, DENIED), (DENIED, DENIED)], DENIED, ExitCode.NEGATIVE),
        ([(ALLOWED, UNKNOWN), (DENIED, ALLOWED)], DENIED, ExitCode.NEGATIVE),
        ([(ALLOWED, ALLOWED), (DENIED, UNKNOWN)], UNKNOWN, ExitCode.UNKNOWN),
        ([(ALLOWED, SKIPPED), (DENIED, SKIPPED)], UNKNOWN, ExitCode.UNKNOWN),
        ([], UNKNOWN, ExitCode.UNKNOWN),
    ],
)
def test_one_answer_that_differs_decides_and_what_nobody_saw_is_not_safe(
    answers: list[tuple[ProbeVerdict, ProbeVerdict]], meant: ProbeVerdict, code: ExitCode
) -> None:
    found = verdict([Verified(probe(expected), ProbeAnswer(got)) for expected, got in answers])
    assert (found, verdicts.of_verdict(found)) == (meant, code)


def test_each_account_must_show_that_something_works_and_that_something_is_refused() -> None:
    shown = {
        "111122223333": [(ALLOWED, ALLOWED), (DENIED, DENIED), (ALLOWED, SKIPPED)],
        "444455556666": [(ALLOWED, SKIPPED), (DENIED, DENIED)],
        "777788889999": [(ALLOWED, ALLOWED), (DENIED, SKIPPED)],
        "000011112222": [(ALLOWED, SKIPPED), (DENIED, SKIPPED)],
    }
    answers = [
        Verified(probe(expected, account=account), ProbeAnswer(got))
        for account, pairs in shown.items()
        for expected, got in pairs
    ]
    assert verdict(answers) is UNKNOWN
    assert [str(gap) for gap in gaps(answers)] == [
        "444455556666: nothing that must work was seen to work",
        "777788889999: nothing that must be refused was seen to be refused",
        (
            "000011112222: nothing that must work was seen to work, and nothing that must be refused was seen to be"
            " refused"
        ),
    ]
    assert verdict(answers[:3]) is ALLOWED


def test_every_probe_is_asked_once_and_answered_in_its_place() -> None:
    asked = [probe(ALLOWED, f"cluster-{number}") for number in range(20)]
    told: list[Verified] = []

    class Echo:
        def ask(self, request: ProbeRequest) -> ProbeAnswer:
            assert isinstance(request, EksCall)
            return ProbeAnswer(ALLOWED, request.place.cluster)

    found = run(asked, Echo(), workers=4, on_answer=told.append)
    assert [(one.probe, one.got.detail) for one in found] == [(one, one.asked.split()[-1]) for one in asked]
    assert sorted(one.got.detail for one in told) == sorted(one.got.detail for one in found)
