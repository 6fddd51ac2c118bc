"""`leastway audit` as a user sees it: each file has a command, its output and its exit code.

LEASTWAY_WRITE_GOLDEN=1 writes the files again.
"""

from __future__ import annotations

import os
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leastway.app.audit.prove import prove_entry
from leastway.audit import Actor, AuditedRequest, Detail, Entry, Outcome, canonical
from leastway.cli import main
from tests.unit.tlog.logs import LOG, WITNESS, log_of

FOLDER = Path(__file__).parent
KEY = f"--key {LOG.key}"
COMMANDS = {
    "help": "audit --help",
    "verify-help": "audit verify --help",
    "show-help": "audit show --help",
    "prove-help": "audit prove --help",
    "export-help": "audit export --help",
    "key-help": "audit key --help",
    "verify": f"audit verify log {KEY} --witness {WITNESS.key} --earlier earlier",
    "verify-json": f"audit verify log {KEY} --json",
    "verify-changed": f"audit verify changed {KEY}",
    "verify-forked": f"audit verify forked {KEY} --earlier earlier",
    "verify-truncated": f"audit verify truncated {KEY} --earlier log/checkpoint",
    "verify-unwitnessed": f"audit verify truncated {KEY} --witness {WITNESS.key}",
    "verify-new-log": f"audit verify began {KEY}",
    "verify-other-key": f"audit verify log --key {WITNESS.key}",
    "verify-nothing": f"audit verify nothing {KEY}",
    "show": "audit show log",
    "show-filtered": f"audit show log --action 'account.*' --since 2026-11-28T12:00:01Z --last 1 {KEY}",
    "show-json": "audit show log --actor u1 --target prod --json",
    "show-changed": f"audit show changed --last 1 {KEY}",
    "prove": f"audit prove log 2 {KEY}",
    "prove-since": f"audit prove log --since earlier {KEY}",
    "prove-beyond": f"audit prove log 9 {KEY}",
    "prove-forked": f"audit prove forked --since earlier {KEY}",
    "verify-proof": f"audit verify proof {KEY}",
    "verify-changed-proof": f"audit verify changed-proof {KEY}",
    "export": f"audit export log copy {KEY}",
    "export-json": f"audit export log json-copy {KEY} --json",
    "export-forked": f"audit export forked older-copy {KEY}",
    "export-forked-json": f"audit export forked older-copy {KEY} --json",
    "key": "audit key log",
}


def _entries() -> list[bytes]:
    first = datetime(2026, 11, 28, 12, tzinfo=UTC)
    actor = Actor("u1", "ci")
    post = AuditedRequest("POST", "/orgs/acme/resources/accounts", 200)
    entries = [
        Entry("acme", first, Actor(), "organization.created", "acme", details={"owner": "u1"}),
        Entry("acme", first, actor, "account.created", "prod", details={"fields": ("external_id",)}, request=post),
        Entry("acme", first, actor, "credentials.handed-out", "prod", Outcome.REFUSED, {"reason": "kill switch"}),
        Entry("acme", first, Actor("u2"), "account.created", "\x1b[31mred", details={"version": 1}, request=post),
    ]
    return [
        canonical(
            Entry(**{name: getattr(one, name) for name in Entry.__slots__} | {"at": first + timedelta(seconds=n)})
        )
        for n, one in enumerate(entries)
    ] + [b"not an entry"]


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, entries = tmp_path_factory.mktemp("logs"), _entries()
    whole = log_of(entries, witnessed=True)
    _write(folder / "log", whole | {"key": f"{LOG.key}\n".encode()})
    changed = entries[1].replace(b"prod", b"prof")
    bundle = "tile/entries/000.p/5"
    _write(folder / "changed", whole | {bundle: whole[bundle].replace(entries[1], changed)})
    _write(folder / "forked", log_of([*entries[:2], b"another", *entries[3:]]))
    _write(folder / "truncated", log_of(entries[:4]))
    began: dict[str, Detail] = {
        "why": "the database was restored",
        "predecessor": tuple(whole["checkpoint"].decode().splitlines()),
    }
    _write(
        folder / "began",
        log_of([canonical(Entry("acme", datetime(2026, 11, 28, tzinfo=UTC), Actor(), "log.began", "", details=began))]),
    )
    _write(folder / "older-copy", log_of(entries[:3]))
    (folder / "earlier").write_bytes(log_of(entries[:3])["checkpoint"])
    _write_proofs(folder)
    return folder


def run(command: str, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.delenv("LEASTWAY_TOKEN", raising=False)
    monkeypatch.setattr("sys.argv", ["leastway", *shlex.split(command)])
    with pytest.raises(SystemExit) as ended:
        main()
    output = capsysbinary.readouterr()
    return f"$ leastway {command}\n{output.out.decode()}{output.err.decode()}exit {int(ended.value.code or 0)}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_prints_its_transcript(
    name: str, logs: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(logs)
    path = FOLDER / f"{name}.txt"
    seen = run(COMMANDS[name], capsysbinary, monkeypatch)
    if os.environ.get("LEASTWAY_WRITE_GOLDEN"):
        path.write_text(seen)
    assert seen == path.read_text()


def _write_proofs(logs: Path) -> None:
    proof = str(prove_entry(str(logs / "log"), str(LOG.key), 2))
    (logs / "proof").write_text(proof)
    (logs / "changed-proof").write_text(proof.replace("index 2", "index 3"))


def test_every_transcript_has_a_command() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(COMMANDS)
