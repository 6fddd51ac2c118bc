"""The real kubectl reads the exported YAML: Go's parser reads the same values as PyYAML."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leastway.compiler import compile_grant
from leastway.estate import AuthMode, Mark, RbacBinding, RbacRole, manifest
from leastway.export import FORMATS, ExportRequest
from leastway.export.yaml_text import yaml_text
from tests.unit.compiler.conftest import ACCOUNT, DEPLOYER, EDIT, EXTERNAL_IDS, cluster, facts_of, grant_of

LEGACY = f"{ACCOUNT}/eu-central-1/legacy"
AMBIGUOUS = (
    *("y", "Y", "n", "yes", "No", "on", "OFF", "true", "False", "null", "Null", "~", "", " ", ".inf", "-.INF", ".nan"),
    *("1", "-1", "+1", "012", "0o7", "0x1f", "0b1", "1e3", "1E3", "0E0", ".5", "1.", "1_000", "12:30:45", "1:0"),
    *("2001-01-01", "2001-12-14t21:59:43.10-05:00", "<<", "=", "*", "&a", "!x", "%x", "@x", "`x", "#x", "a #b", "a: b"),
    *(
        "- a",
        "? a",
        "[a]",
        "{a}",
        "a,b",
        "'",
        '"',
        "\\",
        "|",
        ">",
        "a\nb",
        "\ttab",
        "é",
        "\u2028",
        "---",
        "...",
    ),
)
UNQUOTED_BY_KUSTOMIZE = ("<<", "=")
"""kustomize writes these without quotes, and PyYAML cannot read the result."""


@pytest.fixture(scope="module")
def kubectl() -> str:
    found = shutil.which("kubectl")
    if found is None:
        pytest.skip("kubectl is not installed")
    return found


def built(kubectl: str, folder: Path) -> list[dict[str, Any]]:
    """Return the output documents of `kubectl kustomize` for a folder."""
    done = subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return list(yaml.safe_load_all(done.stdout))


def by_name(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(
        documents, key=lambda one: (one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"])
    )


def test_kustomize_gives_the_same_objects_as_leastway(kubectl: str, tmp_path: Path) -> None:
    grant = grant_of(cluster("legacy", DEPLOYER, EDIT))
    estate = compile_grant(grant, facts_of("legacy", AuthMode.CONFIG_MAP), EXTERNAL_IDS).estate
    files = FORMATS["kubernetes"].export(ExportRequest("humanitec", "test", estate, "kubernetes"))
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    wanted = [manifest(each, Mark("acme")) for each in estate if isinstance(each, RbacRole | RbacBinding)]
    assert by_name(built(kubectl, tmp_path / LEGACY)) == by_name([dict(one) for one in wanted])
    assert "cluster-admin" not in "".join(files.values())
    assert "system:masters" not in "".join(files.values())


def through_go(kubectl: str, folder: Path, texts: list[str]) -> list[str]:
    """Return the texts as read by Go's parser."""
    data = {f"k{number}": text for number, text in enumerate(texts)}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "it", "annotations": data}, "data": data}
    folder.mkdir(exist_ok=True)
    (folder / "kustomization.yaml").write_text(yaml_text({"resources": ["it.yaml"]}))
    (folder / "it.yaml").write_text(yaml_text(config))
    (document,) = built(kubectl, folder)
    assert document["metadata"]["annotations"] == document["data"]
    return [document["data"][f"k{number}"] for number in range(len(texts))]


def test_ambiguous_strings_stay_strings_in_both_parsers(kubectl: str, tmp_path: Path) -> None:
    texts = [text for text in AMBIGUOUS if text not in UNQUOTED_BY_KUSTOMIZE]
    assert through_go(kubectl, tmp_path, texts) == texts
    texts = list(AMBIGUOUS)
    assert yaml.safe_load(yaml_text({"it": texts})) == {"it": texts}
    assert yaml.safe_load(yaml_text(dict.fromkeys(texts, 1))) == dict.fromkeys(texts, 1)


@settings(
    deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
# kustomize cannot write control characters, and names in a grant cannot contain them.
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=20).filter(
            lambda text: text not in UNQUOTED_BY_KUSTOMIZE
        ),
        min_size=1,
        max_size=40,
    )
)
def test_any_string_stays_a_string_in_both_parsers(kubectl: str, tmp_path: Path, texts: list[str]) -> None:
    assert through_go(kubectl, tmp_path, texts) == texts
    assert yaml.safe_load(yaml_text({"it": texts})) == {"it": texts}
