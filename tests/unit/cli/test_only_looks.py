"""What only looks at a grant writes nothing but the file that was asked for, and a missing grant is found at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from leastway.app.wiring import claim_name
from leastway.cli import main
from leastway.errors import InvalidInputError
from leastway.grant import load_grant
from leastway.ports.memory_store import MemoryStore

GRANT = """\
apiVersion: leastway.dev/v1alpha1
kind: Grant
metadata: {name: acme}
platform: humanitec
accounts:
  - {id: "111122223333", region: eu-central-1, clusters: [{name: prod, access: [{policy: view, namespaces: [shop]}]}]}
"""
LATE = ("botocore", "leastway.grant", "sqlalchemy", "pydantic")


@pytest.fixture
def grant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    Path("grant.yaml").write_text(GRANT)
    return tmp_path / "grant.yaml"


@pytest.mark.parametrize(
    ("words", "written"),
    [(["prove"], set()), (["show"], set()), (["export", "html", "--out", "review.html"], {"review.html"})],
    ids=["prove", "show", "export html"],
)
def test_it_writes_nothing(grant: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], written: set[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["leastway", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert {str(path.relative_to(grant.parent)) for path in grant.parent.rglob("*")} == {"grant.yaml", *written}


def test_a_name_that_is_not_taken_is_still_checked(grant: Path, tmp_path: Path) -> None:
    store = MemoryStore()
    claim_name(store, load_grant(grant), grant, takes_it=False)
    assert store.file_of("acme") is None
    other = tmp_path / "other.yaml"
    other.write_text(GRANT.replace("111122223333", "444455556666"))
    claim_name(store, load_grant(other), other)
    with pytest.raises(InvalidInputError, match="another grant has the name"):
        claim_name(store, load_grant(grant), grant, takes_it=False)


@pytest.mark.parametrize("command", ["prove", "plan", "apply", "show", "verify", "status", "rehearse"])
def test_a_missing_grant_is_found_before_anything_large_is_imported(command: str, tmp_path: Path) -> None:
    program = f"""
import sys
sys.argv = ["leastway", {command!r}, "missing.yaml"]
from leastway.cli import main
try:
    main()
except SystemExit as ended:
    assert ended.code == 2, ended.code
print(*(name for name in {LATE!r} if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "missing.yaml: the file does not exist" in done.stderr
    assert done.stdout == "\n"
