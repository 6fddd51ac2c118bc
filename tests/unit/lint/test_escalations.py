import pytest

from leastway.lint import all_rules, lint_document
from leastway.lint.escalations import ESCALATIONS, Escalation
from leastway.policy import PolicyKind, parse_policy
from leastway.policy.catalog import load_catalog

RULE = next(rule for rule in all_rules() if rule.id == "privilege-escalation")


@pytest.mark.parametrize("way", ESCALATIONS, ids=lambda way: " + ".join(way.steps))
def test_each_escalation_needs_all_of_its_steps(way: Escalation) -> None:
    assert all(load_catalog().find_action(step) for step in way.steps)
    for left_out in (None, *way.steps):
        steps = [step for step in way.steps if step != left_out]
        tree = {"Statement": [{"Effect": "Allow", "Action": step, "Resource": "*"} for step in steps]}
        document = parse_policy(tree, kind=PolicyKind.IDENTITY) if steps else None
        found = lint_document(document, rules=[RULE]) if document else ()
        messages = [getattr(one, "message", "") for one in found]
        assert any(way.gain in message for message in messages) is (left_out is None)


def test_escalations_are_unique_and_have_a_source() -> None:
    assert len({(frozenset(way.steps)) for way in ESCALATIONS}) == len(ESCALATIONS)
    assert all(way.source and way.gain for way in ESCALATIONS)
