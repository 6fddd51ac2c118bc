import json

from hypothesis import given
from hypothesis import strategies as st

from leastway.primitives import Secret
from leastway.sandbox import AccountSeed, ClusterSeed, NodeGroupSeed, OperatorSeed, PlatformSeed, Scenario, SeededKey

TEXT = st.text(max_size=5)
TAGS = st.dictionaries(TEXT, TEXT, max_size=2)
CLUSTERS = st.builds(
    ClusterSeed,
    name=TEXT,
    region=TEXT,
    mode=st.sampled_from(["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"]),
    tags=TAGS,
    node_groups=st.tuples(st.builds(NodeGroupSeed, TEXT, TAGS)),
    namespaces=st.tuples(TEXT, TEXT),
)
OPERATORS = st.none() | st.builds(OperatorSeed, TEXT, TEXT, st.none() | TEXT)
ACCOUNTS = st.builds(AccountSeed, TEXT, st.tuples(CLUSTERS), st.booleans(), operator=OPERATORS)
SCENARIOS = st.builds(Scenario, st.tuples(ACCOUNTS), st.builds(PlatformSeed, TEXT, TEXT, TEXT), st.tuples(TEXT))


@given(SCENARIOS)
def test_a_scenario_survives_serialization(scenario: Scenario) -> None:
    assert Scenario.from_json(json.loads(json.dumps(scenario.to_json()))) == scenario


def test_a_key_reveals_its_secret_in_the_environment_only() -> None:
    key = SeededKey("AKIAEXAMPLE", Secret("hunter2"))
    assert "hunter2" not in repr(key)
    assert key.environment() == {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "hunter2"}
