import pytest

from leastway.service.account_check import AccountCheck, CheckFailedError
from leastway.service.account_checking import PROOF, proved
from tests.unit.reconcile.test_apply import QuickClock

PASSED = AccountCheck((), (), ())
NOT_KNOWN = CheckFailedError("the access key could not be identified: InvalidClientTokenId: it is invalid")
WRONG = CheckFailedError("the access key could not be identified: SignatureDoesNotMatch: it does not match")


def prove(*answers: AccountCheck | CheckFailedError) -> tuple[AccountCheck, int]:
    """Prove a key for which AWS gives these answers, the last one forever; return the number of calls, too."""
    calls = 0

    def check() -> AccountCheck:
        nonlocal calls
        answer = answers[min(calls, len(answers) - 1)]
        calls += 1
        if isinstance(answer, CheckFailedError):
            raise answer
        return answer

    return proved(check, QuickClock()), calls


def test_a_key_must_work_several_times_in_a_row() -> None:
    assert prove(PASSED) == (PASSED, 3)
    assert prove(NOT_KNOWN, PASSED, NOT_KNOWN, PASSED) == (PASSED, 6)


def test_a_key_that_stays_unknown_is_refused_after_a_while() -> None:
    with pytest.raises(CheckFailedError, match="InvalidClientTokenId"):
        prove(NOT_KNOWN)
    with pytest.raises(CheckFailedError, match="InvalidClientTokenId"):
        prove(*(one for _ in range(round(PROOF.deadline / PROOF.interval)) for one in (NOT_KNOWN, PASSED)), NOT_KNOWN)


def test_any_other_failure_is_final() -> None:
    with pytest.raises(CheckFailedError, match="SignatureDoesNotMatch"):
        prove(PASSED, WRONG, PASSED)
