"""Field ownership after updates and applies."""

from typing import Any

from leastway.sandbox.kube.ownership import Manager, apply, record_update, with_owners

ME, YOU, EDITOR = Manager("me", "Apply"), Manager("you", "Apply"), Manager("editor", "Update")


def config_map(labels: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
    return {"kind": "ConfigMap", "metadata": {"name": "one", **({"labels": labels} if labels else {})}, **fields}


def updated(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return `after` in its stored form after a write by the editor."""
    owners = record_update(before, after, EDITOR)
    return after | {"metadata": with_owners(after["metadata"] | _noted(before), owners, "v1")}


def applied(live: dict[str, Any], wanted: dict[str, Any], manager: Manager = ME) -> dict[str, Any]:
    merged, owners = apply(live, wanted, manager)
    return merged | {"metadata": with_owners(merged["metadata"], owners, "v1")}


def owned(value: dict[str, Any]) -> dict[tuple[str, str], Any]:
    entries = value["metadata"].get("managedFields", ())
    return {(each["manager"], each["operation"]): each["fieldsV1"] for each in entries}


def _noted(value: dict[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in value.get("metadata", {}).items() if key == "managedFields"}


def test_a_writer_owns_its_keys_and_the_map_that_it_created() -> None:
    made = updated({}, config_map({"a": "1"}, data={"x": "1", "y": "2"}, immutable=True))
    labels: dict[str, Any] = {"f:labels": {".": {}, "f:a": {}}}
    expected = {"f:metadata": labels, "f:data": {".": {}, "f:x": {}, "f:y": {}}, "f:immutable": {}}
    assert owned(made) == {("editor", "Update"): expected}


def test_managed_fields_survive_writing_and_reading() -> None:
    made = updated({}, config_map({"a/b": "1", "f:c": "2"}, data={"x": "1"}))
    same = with_owners(made["metadata"], record_update(made, made, EDITOR), "v1")
    assert same == made["metadata"]


def test_an_object_has_no_recorded_owners_before_the_first_apply() -> None:
    live = config_map(data={"x": "1"})
    assert owned(updated(live, config_map(data={"x": "2"}))) == {}
    first = applied(live, config_map(data={"y": "2"}))
    assert owned(first) == {
        ("before-first-apply", "Update"): {"f:data": {".": {}, "f:x": {}}},
        ("me", "Apply"): {"f:data": {"f:y": {}}},
    }
    assert applied(first, config_map())["data"] == {"x": "1"}


def test_an_apply_removes_fields_that_only_its_manager_owned() -> None:
    live = applied(updated({}, config_map({"app": "x"})), config_map({"mine": "1", "both": "2"}))
    live = applied(live, config_map({"both": "2"}), YOU)
    after = applied(live, config_map())
    assert after["metadata"]["labels"] == {"app": "x", "both": "2"}
    assert ("me", "Apply") not in owned(after)


def test_an_apply_takes_a_field_from_managers_with_another_value() -> None:
    role = {"kind": "Role", "metadata": {"name": "one"}, "rules": [{"verbs": ["get"]}]}
    live = updated({}, role)
    after = applied(live, role | {"rules": [{"verbs": ["list"]}]})
    assert after["rules"] == [{"verbs": ["list"]}]
    assert owned(after) == {("me", "Apply"): {"f:rules": {}}}


def test_an_apply_with_the_same_value_shares_the_field() -> None:
    live = updated({}, config_map(data={"x": "1"}))
    after = applied(live, config_map(data={"x": "1"}))
    assert owned(after)[("me", "Apply")] == {"f:data": {"f:x": {}}}
    assert owned(after)[("editor", "Update")] == {"f:data": {".": {}, "f:x": {}}}


def test_unchanged_owners_keep_their_timestamp() -> None:
    live = updated({}, config_map(data={"x": "1"}))
    live["metadata"]["managedFields"][0]["time"] = "2001-01-01T00:00:00Z"
    after = applied(live, config_map(data={"y": "1"}))
    assert {each["manager"]: each["time"][:4] for each in after["metadata"]["managedFields"]}["editor"] == "2001"
