import io

from rich.console import Console

from leastway.cli.render.verify import print_verified
from leastway.estate import Place
from leastway.verify import EksAction, EksCall, Origin, Probe, ProbeAnswer, ProbeVerdict, Verified

PROD = Place("111122223333", "eu-central-1", "prod")


def verified(asked: str, got: ProbeVerdict, detail: str) -> Verified:
    request = EksCall(PROD, EksAction.DESCRIBE, Origin.LISTED)
    return Verified(Probe("111122223333", asked, request, ProbeVerdict.ALLOWED), ProbeAnswer(got, detail))


def test_one_reason_of_many_is_told_once() -> None:
    answers = [
        *(
            verified(f"describe cluster {number}", ProbeVerdict.SKIPPED, "the key is not at hand")
            for number in range(3)
        ),
        verified("list clusters", ProbeVerdict.DENIED, "AccessDenied: no [request 1]"),
        verified("describe cluster 4", ProbeVerdict.ALLOWED, ""),
    ]
    out = io.StringIO()
    print_verified(Console(file=out, width=100), answers)
    assert out.getvalue().splitlines()[-5:-2] == [
        "3 skipped: the key is not at hand",
        "list clusters: AccessDenied: no [request 1]",
        "5 asked: 3 skipped, 1 different, 1 as meant.",
    ]


def test_an_account_in_which_too_little_was_tried_is_named_with_what_is_missing() -> None:
    out = io.StringIO()
    print_verified(Console(file=out, width=200), [verified("describe cluster prod", ProbeVerdict.SKIPPED, "no key")])
    (gap, way_out) = out.getvalue().splitlines()[-2:]
    assert gap == (
        "? 111122223333: nothing that must work was seen to work, and nothing that must be refused was seen to be"
        " refused: it is not verified"
    )
    assert "--keys-from" in way_out
