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
def test_a_differing_answer_decides_and_missing_answers_are_unknown(
    answers: list[tuple[ProbeVerdict, ProbeVerdict]], meant: ProbeVerdict, code: ExitCode
) -> None:
    found = verdict([Verified(probe(expected), ProbeAnswer(got)) for expected, got in answers])
    assert (found, verdicts.of_verdict(found)) == (meant, code)


def test_each_account_needs_an_allowed_and_a_denied_answer() -> None:
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
        "444455556666: no request that must be allowed was allowed",
        "777788889999: no request that must be denied was denied",
        ("000011112222: no request that must be allowed was allowed, and no request that must be denied was denied"),
    ]
    assert verdict(answers[:3]) is ALLOWED


def test_every_probe_is_made_once_and_answers_keep_their_order() -> None:
    asked = [probe(ALLOWED, f"cluster-{number}") for number in range(20)]
    reported: list[Verified] = []

    class Echo:
        def ask(self, request: ProbeRequest) -> ProbeAnswer:
            assert isinstance(request, EksCall)
            return ProbeAnswer(ALLOWED, request.place.cluster)

    found = run(asked, Echo(), workers=4, on_answer=reported.append)
    assert [(one.probe, one.got.detail) for one in found] == [(one, one.asked.split()[-1]) for one in asked]
    assert sorted(one.got.detail for one in reported) == sorted(one.got.detail for one in found)
