from leastway.export import FileState, StateOfFile, check


def text(
    *, form: str = "aws-cli", grant: str = "acme", profile: str = "humanitec 1", digest: str = "1", rest: str = ""
) -> str:
    head = ("Exported by leastway: a test.", f"format: {form}", f"grant: {grant}", f"profile: {profile}")
    return "".join(f"# {line}\n" for line in (*head, f"digest: sha256:{digest * 64}")) + rest


def test_every_file_has_its_state_and_says_why() -> None:
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
        FileState("b", StateOfFile.STALE, "what the grant means for it has changed"),
        FileState("c", StateOfFile.EDITED, "line 7 differs"),
        FileState("d", StateOfFile.MISSING),
        FileState("e", StateOfFile.STALE, "it was made with the profile humanitec 0, and it is humanitec 1 now"),
        FileState("f", StateOfFile.STALE, "it was made for the grant other"),
        FileState("g", StateOfFile.STALE, "it was exported as terraform"),
        FileState("h", StateOfFile.EDITED, "its lines end in CRLF, and were written with LF"),
    )


def test_only_what_this_grant_made_in_this_format_is_extra() -> None:
    found = {
        "notes.md": "Exported by leastway, some day",
        "old.sh": text(digest="2"),
        "cluster.yaml": text(form="kubernetes"),
        "other.sh": text(grant="other"),
    }
    assert check({"a": text()}, found | {"a": text()}) == (
        FileState("a", StateOfFile.CURRENT),
        FileState("old.sh", StateOfFile.EXTRA, "the grant makes no such file"),
    )


def test_a_file_that_lost_its_header_is_stale() -> None:
    assert check({"a": text()}, {"a": "echo"}) == (FileState("a", StateOfFile.STALE, "it has no header of leastway"),)


def test_what_cannot_be_read_is_not_missing() -> None:
    states = check({"a": text(), "b": text()}, {"b": text()}, {"a": "permission denied", "c": "permission denied"})
    assert states == (
        FileState("a", StateOfFile.UNREADABLE, "permission denied"),
        FileState("b", StateOfFile.CURRENT),
        FileState("c", StateOfFile.UNREADABLE, "permission denied"),
    )
