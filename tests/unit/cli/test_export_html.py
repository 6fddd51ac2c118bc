"""`leastway export html`: exit codes, and options that belong to other formats."""

import json
from pathlib import Path

import pytest

from leastway.ports.memory import MemorySites
from tests.unit.app.test_life_of_a_grant import API
from tests.unit.cli.conftest import Run


def test_exit_code_is_the_worst_verdict_on_the_page(run: Run, sites: MemorySites) -> None:
    assert run("export", "html", "--out", "a.html") == (0, "wrote a.html\n", "proving (1)\n")
    assert run("export", "html", "--out", "a.html", "--live")[0] == 3, "nothing is installed"
    assert run("apply", "--yes")[0] == 0
    code, out, _ = run("export", "html", "--out", "b.html", "--live", "--json")
    assert code == 4, "nobody can try the access from here"
    assert json.loads(out) == {
        "schema": "output/export-html",
        "format_version": 1,
        "written": ["b.html"],
        "live": True,
    }
    del sites.facts[API]
    assert run("export", "html", "--out", "c.html", "--live")[0] == 4
    assert all(Path(f"{name}.html").read_text("utf-8").startswith("<!doctype html>") for name in "abc")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["html"], "give --out FILE"),
        (["html", "--check", "out"], "--check is not for html"),
        (["mermaid", "--out", "out", "--live"], "--live is for html"),
        (["mermaid", "--out", "file"], "file is a file: give a folder"),
    ],
)
def test_option_of_another_format_is_wrong_usage(run: Run, words: list[str], said: str) -> None:
    Path("file").write_text("of others", "utf-8")
    code, out, err = run("export", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert Path("file").read_text("utf-8") == "of others"


def test_page_does_not_replace_a_folder(run: Run) -> None:
    Path("folder").mkdir()
    code, _, err = run("export", "html", "--out", "folder")
    assert code == 1
    assert "it exists and is not a file" in err
