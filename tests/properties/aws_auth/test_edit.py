"""For any ConfigMap, an edit keeps the mappings of others and sets ours as requested."""

from collections.abc import Mapping

from hypothesis import given, note, settings
from hypothesis import strategies as st

from leastway.aws_auth import merge, parse, remove
from leastway.errors import LeastwayError
from leastway.estate import AwsAuthMapping, Place
from tests.properties.aws_auth.reading import Read, read
from tests.properties.aws_auth.texts import KEYS, OUR_ROLE, OUR_USER, Person, config_maps, damaged_config_maps

PLACE = Place("111122223333", "eu-central-1", "legacy")
mappings = st.builds(
    AwsAuthMapping,
    st.just(PLACE),
    st.sampled_from([OUR_ROLE, OUR_USER]),
    st.sampled_from(["humanitec", "{{SessionName}}", "on", 'a "b"']),
    st.frozensets(st.sampled_from(["humanitec", "deployers", "a: b", "1"]), max_size=2),
)


def others(entries: Read | None, arn: str) -> Read | None:
    return None if entries is None else [each for each in entries if each[0].lower() != arn.lower()]


def ours(data: Mapping[str, str], arn: str) -> list[tuple[str, str, frozenset[str]]]:
    return [
        (section, username, frozenset(groups))
        for section in KEYS
        for found, username, groups in read(data, section) or []
        if found.lower() == arn.lower()
    ]


@settings(deadline=None)
@given(config_maps())
def test_a_valid_config_map_is_read_as_it_is_meant(config_map: tuple[dict[str, list[Person]], dict[str, str]]) -> None:
    meant, data = config_map
    for section in parse(data).sections:
        assert section.entries is not None
        assert [(each.arn, each.username, each.groups) for each in section.entries] == [
            (each.arn, each.username, each.groups) for each in meant[section.name]
        ]


@settings(deadline=None)
@given(config_maps(), mappings)
def test_merge_and_remove_keep_the_mappings_of_others(
    config_map: tuple[dict[str, list[Person]], dict[str, str]], mapping: AwsAuthMapping
) -> None:
    data = config_map[1]
    merged = merge(data, mapping)
    note(repr(merged))
    assert ours(merged, mapping.arn) == [(mapping.section, mapping.username, mapping.groups)]
    assert merge(merged, mapping) is merged
    removed = remove(merged, mapping.arn)
    note(repr(removed))
    assert ours(removed, mapping.arn) == []
    assert remove(removed, mapping.arn) is removed
    for section in KEYS:
        assert others(read(merged, section), mapping.arn) == others(read(data, section), mapping.arn)
        assert read(removed, section) == others(read(data, section), mapping.arn)
    for key in data.keys() - KEYS.keys():
        assert merged[key] == removed[key] == data[key]


def comments(text: str) -> list[str]:
    return [line[line.index("#") :] for line in text.splitlines() if "#" in line]


@settings(deadline=None)
@given(config_maps(), mappings)
def test_comments_of_others_are_kept(
    config_map: tuple[dict[str, list[Person]], dict[str, str]], mapping: AwsAuthMapping
) -> None:
    """Comments on lines of their own and after entries of others."""
    data = config_map[1]
    if any(each.arn.lower() == mapping.arn.lower() for people in config_map[0].values() for each in people):
        return
    after = remove(merge(data, mapping), mapping.arn)
    for section in KEYS:
        assert comments(after.get(section, "")) == comments(data.get(section, ""))


@settings(deadline=None, max_examples=300)
@given(damaged_config_maps(), mappings)
def test_a_damaged_config_map_is_rejected_or_left_unchanged(data: dict[str, str], mapping: AwsAuthMapping) -> None:
    try:
        merged = merge(data, mapping)
    except LeastwayError:
        return
    note(repr(merged))
    assert ours(merged, mapping.arn) == [(mapping.section, mapping.username, mapping.groups)]
    for section in KEYS:
        assert others(read(merged, section), mapping.arn) == others(read(data, section), mapping.arn)
    removed = remove(merged, mapping.arn)
    for section in KEYS:
        assert read(removed, section) == others(read(data, section), mapping.arn)


@settings(deadline=None, max_examples=300)
@given(damaged_config_maps())
def test_a_section_that_is_read_agrees_with_libyaml(data: dict[str, str]) -> None:
    """A section that is read has the entries that libyaml finds; one that libyaml cannot read is not read."""
    for section in parse(data).sections:
        if section.entries is None:
            continue
        seen = read(data, section.name)
        assert seen is not None
        if not any(flaw.kind.value == "wrong-type" for flaw in section.flaws):
            assert [(each.arn, each.username, each.groups) for each in section.entries if each.arn] == seen
