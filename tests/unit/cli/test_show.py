"""`leastway show`, and the end of `leastway apply`."""

import json

from leastway.estate import Kind
from leastway.ports.memory import MemorySites
from tests.outputs import check_output
from tests.unit.cli.conftest import Run


def test_apply_ends_with_what_show_says_later(run: Run) -> None:
    _, out, _ = run("apply", "--yes")
    handed = out[out.index("Hand-over to humanitec") :]
    code, shown, _ = run("show")
    assert code == 0
    assert shown == handed
    assert shown.endswith("  leastway export humanitec grant.yaml --out humanitec\n")
    _, again, _ = run("apply", "--yes")
    assert again.endswith("What to give to the platform: leastway show grant.yaml\n")


def test_show_calls_nothing(run: Run, sites: MemorySites) -> None:
    sites.discover = sites.site = None  # type: ignore[assignment, method-assign]
    assert run("show")[0] == 0


def test_json_of_apply_has_what_show_says_later(run: Run) -> None:
    of_apply, shown = (json.loads(run(*words, "--json")[1]) for words in (("apply", "--yes"), ("show",)))
    check_output(of_apply, "apply")
    check_output(shown, "show")
    applied = of_apply["hand_over"]
    assert {one.pop("installed") for one in applied["principals"]} == {True}
    assert {one.pop("installed") for one in shown["principals"]} == {None}
    assert applied == {name: each for name, each in shown.items() if name not in ("schema", "format_version")}


def test_show_takes_targets_and_says_what_is_not_included(run: Run) -> None:
    code, out, _ = run("show", "--cluster", "api")
    assert code == 0
    assert "humanitec-s3" not in out
    assert "Not included: 2 clusters, 1 role of the grant." in out


def test_an_apply_that_changes_no_principal_points_to_show(run: Run, sites: MemorySites) -> None:
    run("apply", "--yes")
    tag = next(address for address in sites.objects if address.kind is Kind.CLUSTER_TAG)
    del sites.objects[tag]
    _, out, _ = run("apply", "--yes")
    assert "1 done" in out
    assert "Hand-over" not in out
    assert "leastway show grant.yaml" in out
