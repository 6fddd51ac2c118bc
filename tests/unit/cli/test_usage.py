import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from leastway import cli
from leastway.cli.group import leastway


def ended(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sys, "argv", ["leastway", *words])
    try:
        with pytest.raises(SystemExit) as caught:
            cli.main()
    finally:
        signal.signal(signal.SIGTERM, before)
    return caught.value.code


@pytest.mark.parametrize(
    ("words", "meant"), [(["plann"], "plan"), (["policy", "lnt"], "lint")], ids=["command", "command of a group"]
)
def test_a_misspelt_command_gets_a_suggestion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], meant: str
) -> None:
    assert ended(monkeypatch, *words) == 2
    assert f"Did you mean '{meant}'?" in capsys.readouterr().err


def test_an_unknown_command_without_similar_names_gets_no_suggestion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, "xyzzy") == 2
    output = capsys.readouterr().err
    assert "No such command 'xyzzy'" in output
    assert "Did you mean" not in output


@pytest.mark.parametrize(
    ("words", "option", "usage"),
    [
        (["-v", "plan"], "-v", "leastway plan ..."),
        (["audit", "--json", "verify"], "--json", "leastway audit verify ..."),
    ],
    ids=["command", "command of a group"],
)
def test_an_option_before_its_command_is_told_where_it_belongs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], option: str, usage: str
) -> None:
    assert ended(monkeypatch, *words) == 2
    said = capsys.readouterr().err
    assert f"No such option '{option}' before the command." in said
    assert f"Write options of the command behind it: {usage}" in said


def test_json_and_keys_on_standard_output_are_exclusive(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "grant.yaml").touch()
    assert ended(monkeypatch, "apply", str(tmp_path / "grant.yaml"), "--json", "--keys-to", "-") == 2
    assert "choose --json or --keys-to -" in capsys.readouterr().err


def test_sigterm_is_an_interrupt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(type(leastway), "invoke", lambda *_: signal.raise_signal(signal.SIGTERM))
    assert ended(monkeypatch, "plan") == 130
    assert capsys.readouterr().err == "\ninterrupted: run the same command again\n"


@pytest.mark.parametrize(
    ("word", "meant"), [("terafrom", "terraform"), ("aws", "aws-cli"), ("Kubernets", "kubernetes")]
)
def test_an_unknown_format_gets_a_suggestion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], word: str, meant: str
) -> None:
    assert ended(monkeypatch, "export", word, "--out", "x") == 2
    assert f"Did you mean '{meant}'?" in capsys.readouterr().err


def test_an_unknown_format_without_similar_names_gets_the_list(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, "export", "xyzzy", "--out", "x") == 2
    output = capsys.readouterr().err
    assert "'cloudformation'" in output
    assert "Did you mean" not in output


@pytest.mark.parametrize("words", [["plan"], ["apply", "--yes"], ["rehearse", "other.yaml"], ["export", "aws-cli"]])
def test_a_missing_grant_names_init(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEASTWAY_STATE", str(tmp_path / "state"))
    name = next((word for word in words if word.endswith(".yaml")), "grant.yaml")
    assert ended(monkeypatch, *words, *(["--out", "x"] if words[0] == "export" else [])) == 2
    assert capsys.readouterr().err == (
        f"error: {name}: the file does not exist\n"
        f"  create it with `leastway init {name}`, or give the path of a grant\n"
    )


def test_init_beside_another_grant_keeps_its_rules(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ended(monkeypatch, "init", "--no-discovery") == 0
    rules = tmp_path / "rbac" / "deployer.yaml"
    rules.write_text("# mine\n")
    capsys.readouterr()
    assert ended(monkeypatch, "init", "other.yaml", "--no-discovery") == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "wrote other.yaml",
        "kept rbac/deployer.yaml, which exists already",
    ]
    assert rules.read_text() == "# mine\n"
    assert (tmp_path / "other.yaml").exists()
    assert ended(monkeypatch, "init", "other.yaml", "--no-discovery") == 2
    assert "give another file: leastway init FILE" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["policy"]], ids=["the program", "a group"])
def test_without_a_command_the_help_is_printed_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert ended(monkeypatch, *words) == 2
    printed = capsys.readouterr().err
    assert ended(monkeypatch, *words, "--help") == 0
    assert printed == capsys.readouterr().out
    assert len(printed.splitlines()) > 10


def test_the_name_of_a_command_is_explained_by_its_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, "explain", "plan") == 2
    assert capsys.readouterr().err == "error: 'plan' is a command, not a page\n  run `leastway plan --help`\n"
    assert ended(monkeypatch, "explain", "runs") == 0


def test_wrong_usage_is_wrapped_between_words_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert ended(monkeypatch, "export", "xyzzy", "--out", "x") == 2
    output = capsys.readouterr().err
    assert max(map(len, output.splitlines())) <= 60
    assert "\n  " in output.partition("Error: ")[2]


def _groups(command: click.Command, path: str = "leastway") -> Iterator[tuple[str, click.Group]]:
    if isinstance(command, click.Group):
        yield path, command
        context = click.Context(command)
        for name in command.list_commands(context):
            if (found := command.get_command(context, name)) is not None:
                yield from _groups(found, f"{path} {name}")


@pytest.mark.parametrize(("path", "group"), [pytest.param(*one, id=one[0]) for one in _groups(leastway)])
def test_what_a_command_does_fits_into_the_list_of_its_group(path: str, group: click.Group) -> None:
    text = group.get_help(click.Context(group, info_name=path, terminal_width=80, **leastway.context_settings))
    commands = text.partition("\nCommands:\n")[2].splitlines()
    assert commands
    assert [line for line in commands if line.endswith("...")] == []


@pytest.mark.parametrize(
    "words",
    [
        ["serve", "--listen", "localhost"],
        ["serve", "--run-user", "nobody"],
        ["serve", "--run-pods", "runs"],
        ["serve", "--database", "shop"],
        ["server", "backup", "file", "--database", "shop"],
    ],
    ids=" ".join,
)
def test_wrong_options_are_refused_before_the_server_is_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    for name in ("leastway.api", "leastway.service"):
        monkeypatch.setitem(sys.modules, name, None)  # an import of it is an error
    assert ended(monkeypatch, *words) == 2
    assert "not installed" not in capsys.readouterr().err
