"""All output goes through two modules, and no text of others controls the terminal."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from leastway import cli
from leastway.cli.group import leastway
from leastway.cli.render.lines import console_on, print_table
from leastway.cli.terminal import Styled, json_text, say, say_lines, wrapped
from leastway.errors import LeastwayError

HOSTILE = "a\x1b[31m\nFORGED\u202e\u200b\x9b\ud800[red]"
_ROOT = Path(cli.__file__).parent
_PRINTING = {"echo", "secho", "style", "prompt", "echo_via_pager", "print_exception"}
_MAY = {"terminal.py": {"echo", "style"}, "render/lines.py": {"Table"}, "options.py": {"prompt"}}


def test_no_other_file_of_the_command_line_prints() -> None:
    found = [
        f"{path.relative_to(_ROOT)}:{node.lineno}: {name}"
        for path in sorted(_ROOT.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and (name := _printing(node))
        and name not in _MAY.get(str(path.relative_to(_ROOT)), set())
    ]
    assert not found, "print through leastway.cli.terminal or leastway.cli.render.lines"


def _printing(node: ast.Call) -> str:
    """Return the name of a call that prints by other means, or an empty string."""
    match node.func:
        case ast.Name(id=("print" | "Table" | "input") as name):
            return name
        case ast.Attribute(value=ast.Name(id="click"), attr=name) if name in _PRINTING:
            return name
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="sys"), attr="stdout" | "stderr"), attr="write"):
            return "write"
    return ""


def test_a_line_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say("name: ", Styled(HOSTILE, "red"), HOSTILE)
    assert capsys.readouterr().out.count("\n") == 1


def test_several_lines_stay_separate(capsys: pytest.CaptureFixture[str]) -> None:
    say_lines("one\n  two\x1b[2J", err=True)
    assert capsys.readouterr().err == "one\n  two\\u001b[2J\n"


@pytest.mark.parametrize("value", [HOSTILE, {HOSTILE: [HOSTILE, "é", "\x7f\U000e0041"]}])
def test_json_is_escaped_and_keeps_its_value(value: object) -> None:
    text = json_text(value)
    assert json.loads(text) == value
    assert all(character.isprintable() or character == "\n" for character in text)
    assert text.encode()


def test_letters_of_all_languages_are_not_escaped_in_json() -> None:
    assert json_text({"tag": "Zürich 東京"}) == '{\n  "tag": "Zürich 東京"\n}'


def test_a_console_escapes_everything(capsys: pytest.CaptureFixture[str]) -> None:
    console = console_on()
    console.print(HOSTILE)
    print_table(console, ["title", HOSTILE], [[HOSTILE, "plain"]])
    out = capsys.readouterr().out
    assert out.count("FORGED") == 3
    assert not [line for line in out.splitlines() if line.lstrip().startswith("FORGED")]
    assert all(character.isprintable() or character == "\n" for character in out)


@pytest.mark.parametrize(
    ("error", "code"), [(LeastwayError(HOSTILE, where=HOSTILE, fix=HOSTILE), 1), (RuntimeError(HOSTILE), 1)]
)
def test_errors_are_printed_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, code: int
) -> None:
    def fails(**_: object) -> None:
        raise error

    monkeypatch.setattr(sys, "argv", ["leastway"])
    monkeypatch.setattr(leastway, "main", fails)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    output = capsys.readouterr().err
    assert ended.value.code == code
    assert output.startswith("error: ")
    assert len(output.splitlines()) == 2
    assert "Traceback (most recent" not in output


def test_an_argument_is_escaped_in_its_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["leastway", "\x1b[31mplan\nFORGED"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    output = capsys.readouterr().err
    assert ended.value.code == 2
    assert "\x1b" not in output
    assert "\nFORGED" not in output


def test_errors_are_wrapped_between_words_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "  12 |   - id: a line of a source that is wider than the terminal\n     |         ^"
    data = '  "name": "a value of a document that is wider than the terminal"'
    problem, fix = "g.yaml:12:9: this is not an id [account-id]", "  fix: write twelve digits, in quotes, as AWS does"
    text = "\n".join([problem, source, fix, data])
    monkeypatch.setenv("COLUMNS", "30")
    assert wrapped(text) == text
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert wrapped(text).split("\n") == [
        "g.yaml:12:9: this is not an id",
        "  [account-id]",
        "  12 |   - id: a line of a ...",
        "     |         ^",
        "  fix: write twelve digits, in",
        "    quotes, as AWS does",
        data,
    ]
    assert wrapped("one two three four five six", after="Error: ") == "one two three four five\n  six"


def test_no_file_gets_the_number_of_a_stream_that_is_closed(tmp_path: Path) -> None:
    code = (
        "import sys; from leastway.cli.terminal import safe_streams; safe_streams(); file = open(sys.argv[1], 'w');"
        "print('lost'); print('lost', file=sys.stderr);"
        "file.write(f'{file.fileno() > 2} {sys.stdin.read()} {sys.stdout.isatty()}')"
    )
    closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
    subprocess.run([*closed, sys.executable, "-c", code, tmp_path / "file"], check=True, timeout=60)
    assert (tmp_path / "file").read_text() == "True  False"
    wrong = subprocess.run([*closed, sys.executable, "-m", "leastway", "nothing"], check=False, timeout=60)
    assert wrong.returncode == 2
