import io

from rich.console import Console

from leastway.cli.render.verify import print_verified
from leastway.estate import Place
from leastway.verify import (
    EksAction,
    EksCall,
    Origin,
    Probe,
    ProbeAnswer,
    ProbeVerdict,
    TokenUse,
    Verified,
    WebIdentityCall,
)

PROD = Place("111122223333", "eu-central-1", "prod")


def verified(asked: str, got: ProbeVerdict, detail: str) -> Verified:
    request = EksCall(PROD, EksAction.DESCRIBE, Origin.LISTED)
    return Verified(Probe("111122223333", asked, request, ProbeVerdict.ALLOWED), ProbeAnswer(got, detail))


def test_a_reason_of_many_answers_is_printed_once() -> None:
    answers = [
        *(
            verified(f"describe cluster {number}", ProbeVerdict.SKIPPED, "the key is not available")
            for number in range(3)
        ),
        verified("list clusters", ProbeVerdict.DENIED, "AccessDenied: no [request 1]"),
        verified("describe cluster 4", ProbeVerdict.ALLOWED, ""),
    ]
    out = io.StringIO()
    print_verified(Console(file=out, width=100), answers)
    assert out.getvalue().splitlines()[-5:-2] == [
        "3 skipped: the key is not available",
        "list clusters: AccessDenied: no [request 1]",
        "5 checks: 3 skipped, 1 different, 1 as expected.",
    ]


def test_an_account_with_too_few_answers_is_named_with_what_is_missing() -> None:
    out = io.StringIO()
    print_verified(Console(file=out, width=200), [verified("describe cluster prod", ProbeVerdict.SKIPPED, "no key")])
    (gap, way_out) = out.getvalue().splitlines()[-2:]
    assert gap == (
        "? 111122223333: no request that must be allowed was allowed, and no request that must be denied was denied:"
        " the account is not verified"
    )
    assert "--keys-from" in way_out


def test_no_option_is_advised_where_only_the_issuer_of_the_platform_could_try() -> None:
    role = "arn:aws:iam::111122223333:role/github-actions-s3"
    request = WebIdentityCall("111122223333", role, TokenUse.RIGHT, "repo:acme/app:pull_request", Origin.LISTED)
    probe = Probe("111122223333", "assume it with a token", request, ProbeVerdict.ALLOWED)
    out = io.StringIO()
    print_verified(Console(file=out, width=200), [Verified(probe, ProbeAnswer(ProbeVerdict.SKIPPED, "no token"))])
    way_out = out.getvalue().splitlines()[-1]
    assert "leastway rehearse" in way_out
    assert "--" not in way_out
