"""Full privileges are judged once: the rule of grants and the finding use the same judgement."""

import json
from pathlib import Path
from typing import Any

import pytest

from leastway.grant import GrantError, load_grant
from leastway.lint import Finding, all_rules, lint
from leastway.policy import PolicyKind, parse_policy
from leastway.policy.breadth import GIVING_RIGHTS, MOST, POWERS, Power, why_full_privileges
from tests.unit.grant.laying_out import lay_out

RULE = next(rule for rule in all_rules() if rule.id == "full-privileges")


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}


def actions(powers: tuple[Power, ...], but: Power | None = None) -> list[str]:
    return [power.action for power in powers if power is not but]


def service(power: Power) -> str:
    return f"{power.action.partition(':')[0]}:*"


CASES: dict[str, dict[str, Any]] = {
    **{f"only {one.action}": policy({"Action": one.action, "Resource": "*"}) for one in (*MOST, *GIVING_RIGHTS)},
    **{f"all except {one.action}": policy({"Action": actions(MOST, one), "Resource": "*"}) for one in MOST},
    **{f"all except the service of {one.action}": policy({"NotAction": service(one), "Resource": "*"}) for one in MOST},
    "several statements": policy(*({"Action": one.action, "Resource": "*"} for one in POWERS)),
    "one short ARN": policy({"Action": "*", "Resource": "arn:aws:*"}),
    "all resources except some": policy({"Action": "*", "NotResource": "arn:aws:s3:::audit"}),
    "one bucket": policy({"Action": "*", "Resource": "arn:aws:s3:::shop/*"}),
}


@pytest.mark.parametrize("case", CASES)
def test_grants_and_findings_share_one_judgement(case: str, tmp_path: Path) -> None:
    text = json.dumps(CASES[case])
    is_full = why_full_privileges(parse_policy(CASES[case], kind=PolicyKind.IDENTITY)) is not None
    found = lint(text, rules=[RULE])
    assert found is not None
    assert any(isinstance(one, Finding) for one in found) is is_full
    grant = lay_out({"files": {"policies/s3.json": text}}, tmp_path / "grant")
    assert ("[full-privileges]" in refusal_of(grant)) is is_full


def refusal_of(grant: Path) -> str:
    try:
        load_grant(grant)
    except GrantError as error:
        return error.diagnostics()
    return ""


def why(*statements: dict[str, Any]) -> str | None:
    return why_full_privileges(parse_policy(policy(*statements), kind=PolicyKind.IDENTITY))


@pytest.mark.parametrize("power", POWERS, ids=lambda power: power.action)
def test_a_policy_without_one_of_the_powers_is_not_full_control(power: Power) -> None:
    assert why({"Action": actions(POWERS), "Resource": "*"}) == "allows every action on everything in statement 1"
    assert why({"Action": actions(POWERS, power), "Resource": "*"}) is None


@pytest.mark.parametrize("power", [one for one in MOST if one not in POWERS], ids=lambda power: power.action)
def test_a_policy_without_the_additional_powers_is_still_full_control(power: Power) -> None:
    assert why({"Action": actions(MOST, power), "Resource": "*"}) == "allows every action on everything in statement 1"


@pytest.mark.parametrize("power", GIVING_RIGHTS, ids=lambda power: power.action)
def test_one_action_that_gives_permissions_is_enough(power: Power) -> None:
    expected = f"can give itself every permission with {power.action} in statement 1"
    assert why({"Action": power.action, "Resource": "*"}) == expected
    assert why({"Action": power.action, "Resource": power.resource.replace("leastway-nobody", "x")}) is None


@pytest.mark.parametrize("number", range(len(MOST) + 1))
def test_an_exclusion_counts_as_broad_if_it_keeps_most_powers(number: int) -> None:
    left_out = [service(power) for power in MOST[:number]]
    found = why({"NotAction": [*left_out, "iam:*"], "Resource": "*"})
    has = len([power for power in MOST[number:] if not power.action.startswith("iam:")])
    assert (found is not None) is (has * 2 > len(MOST))


def in_one_region(power: Power) -> str:
    service, region, account = power.resource.split(":")[2:5]
    return f"arn:aws:{service}:{region and 'eu-west-1'}:{account and '111122223333'}:*"


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "*:*", "Resource": "arn:aws*"},
        {"Action": [power.action for power in POWERS], "Resource": sorted(map(in_one_region, POWERS))},
        {"Action": "*", "NotResource": "arn:aws:ec2:eu-central-1:*:*"},
        {"Action": "*", "NotResource": ["arn:aws:s3", "arn:aws:iam"]},
    ],
)
def test_doubtful_policies_count_as_broad(statement: dict[str, Any]) -> None:
    assert why(statement) is not None


def test_every_power_has_a_reason_and_a_source() -> None:
    for power in (*MOST, *GIVING_RIGHTS):
        assert power.reason.startswith("to ")
        assert power.page.endswith(f"API Reference, {power.action.partition(':')[2]}")
