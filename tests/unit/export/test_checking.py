from leastway.export import FileState, StateOfFile, check


def text(
    *, form: str = "aws-cli", grant: str = "acme", profile: str = "humanitec 1", digest: str = "1", rest: str = ""
) -> str:
    head = ("Exported by leastway: a test.", f"format: {form}", f"grant: {grant}", f"profile: {profile}")
    return "".join(f"# {line}\n" for line in (*head, f"digest: sha256:{digest * 64}")) + rest


def test_every_file_has_a_state_with_a_reason() -> None:
    expected = dict.fromkeys("abcdefgh", text(rest="one\ntwo\n"))
    found = {
        "a": text(rest="one\ntwo\n"),
        "b": text(digest="2", rest="one\ntwo\n"),
        "c": text(rest="one\n2\n"),
        "e": text(profile="humanitec 0", rest="one\ntwo\n"),
        "f": text(grant="other", rest="one\ntwo\n"),
        "g": text(form="terraform", rest="one\ntwo\n"),
        "h": text(rest="one\ntwo\n").replace("\n", "\r\n"),
    }
    assert check(expected, found) == (
        FileState("a", StateOfFile.CURRENT),
        FileState("b", StateOfFile.STALE, "the grant has changed"),
        FileState("c", StateOfFile.EDITED, "line 7 differs"),
        FileState("d", StateOfFile.MISSING),
        FileState(
            "e", StateOfFile.STALE, "it was exported with the profile humanitec 0, and the grant now uses humanitec 1"
        ),
        FileState("f", StateOfFile.STALE, "it was exported for the grant other"),
        FileState("g", StateOfFile.STALE, "it was exported as terraform"),
        FileState("h", StateOfFile.EDITED, "its lines end with CRLF instead of LF"),
    )


def test_only_files_of_this_grant_and_format_are_extra() -> None:
    found = {
        "notes.md": "Exported by leastway, some day",
        "old.sh": text(digest="2"),
        "cluster.yaml": text(form="kubernetes"),
        "other.sh": text(grant="other"),
    }
    assert check({"a": text()}, found | {"a": text()}) == (
        FileState("a", StateOfFile.CURRENT),
        FileState("old.sh", StateOfFile.EXTRA, "the grant has no such file"),
    )


def test_file_without_its_header_is_stale() -> None:
    assert check({"a": text()}, {"a": "echo"}) == (FileState("a", StateOfFile.STALE, "it has no leastway header"),)


def test_unreadable_file_is_not_missing() -> None:
    states = check({"a": text(), "b": text()}, {"b": text()}, {"a": "permission denied", "c": "permission denied"})
    assert states == (
        FileState("a", StateOfFile.UNREADABLE, "permission denied"),
        FileState("b", StateOfFile.CURRENT),
        FileState("c", StateOfFile.UNREADABLE, "permission denied"),
    )
