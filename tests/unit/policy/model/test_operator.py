import pytest

from leastway.policy.model import BaseOperator, Operator, OperatorFamily, SetQuantifier


@pytest.mark.parametrize("base", BaseOperator)
@pytest.mark.parametrize("quantifier", [None, *SetQuantifier])
@pytest.mark.parametrize("suffix", ["", "IfExists"])
def test_parsing_the_name_of_an_operator_gives_the_operator(
    base: BaseOperator, quantifier: SetQuantifier | None, suffix: str
) -> None:
    name = (f"{quantifier.value}:" if quantifier else "") + base.value + suffix
    operator = Operator.parse(name.upper())
    if base is BaseOperator.NULL and suffix:
        assert operator is None
        return
    assert operator is not None
    assert (operator.base, operator.quantifier, operator.if_exists) == (base, quantifier, bool(suffix))
    assert (operator.name, operator.text) == (name, name.upper())


def test_family_and_negation_follow_from_the_operator_name() -> None:
    assert {base.family for base in BaseOperator} == set(OperatorFamily)
    assert BaseOperator.NOT_IP_ADDRESS.family is OperatorFamily.IP
    negated = {base.value for base in BaseOperator if base.negated}
    assert len(negated) == 8
    assert all("Not" in name for name in negated)
