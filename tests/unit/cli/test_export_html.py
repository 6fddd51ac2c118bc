"""`leastway export html` and `mermaid --live`: exit codes, and options that belong to other formats."""

import json
import re
from pathlib import Path

import pytest

from leastway.ports.memory import MemorySites
from tests.unit.app.test_life_of_a_grant import API
from tests.unit.cli.conftest import Run


def test_exit_code_is_the_worst_verdict_on_the_page(run: Run, sites: MemorySites) -> None:
    assert run("export", "html", "--out", "a.html") == (0, "wrote a.html\n", "proving (1)\n")
    code, _, err = run("export", "html", "--out", "a.html", "--live")
    assert code == 3, "nothing is installed"
    assert [line for line in err.splitlines() if "not everything" in line] == [
        f"not everything is as it should be; see: leastway {name} grant.yaml" for name in ("prove --live", "plan")
    ]
    assert run("apply", "--yes")[0] == 0
    code, out, err = run("export", "html", "--out", "b.html", "--live", "--json")
    assert code == 4, "nobody can try the access from here"
    assert "not everything is known; see: leastway verify grant.yaml" in err.splitlines()
    assert json.loads(out) == {
        "schema": "output/export-html",
        "format_version": 1,
        "written": ["b.html"],
        "live": True,
    }
    del sites.facts[API]
    assert run("export", "html", "--out", "c.html", "--live")[0] == 4
    assert all(Path(f"{name}.html").read_text("utf-8").startswith("<!doctype html>") for name in "abc")


def test_charts_have_the_state_and_the_proof_of_each_line(run: Run, sites: MemorySites) -> None:
    code, out, err = run("export", "mermaid", "--out", "charts", "--live")
    assert code == 3, "nothing is installed"
    assert "not everything is as it should be; see: leastway plan grant.yaml" in err.splitlines()
    assert out.splitlines() == [f"wrote charts/{name}.mmd" for name in ("111122223333", "overview")]
    lines = _labels("111122223333")
    assert lines
    assert all("#10007; missing" in label for label in lines)
    assert run("apply", "--yes")[0] == 0
    assert run("export", "mermaid", "--out", "charts", "--live")[0] == 0
    lines = _labels("111122223333")
    assert all("#10003; as expected" in label for label in lines)
    assert {label.rpartition(", ")[2] for label in lines if label.startswith(("assumes", "can do"))} == {"proved"}
    (account,) = _labels("overview")
    assert account.endswith(": #10003;")
    del sites.facts[API]
    assert run("export", "mermaid", "--out", "charts", "--live")[0] == 4
    assert any("#63; unknown" in label for label in _labels("111122223333"))


def _labels(name: str) -> list[str]:
    return re.findall(r'-->\|"([^"]*)"\|', Path(f"charts/{name}.mmd").read_text("utf-8"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["html"], "give --out FILE"),
        (["html", "--check", "out"], "--check is not for html"),
        (["kubernetes", "--out", "out", "--live"], "--live is for html and mermaid"),
        (["mermaid", "--live"], "give --out DIR"),
        (["mermaid", "--live", "--check", "out"], "--check is not for --live"),
        (["mermaid", "--live", "--out", "file"], "file is a file: give a folder"),
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
