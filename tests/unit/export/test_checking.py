from leastway.export import FileState, StateOfFile, check

HEAD = "# Exported by leastway: a test.\n# digest: sha256:"
ONE, TWO = f"{HEAD}{'1' * 64}\n", f"{HEAD}{'2' * 64}\n"


def test_a_file_with_another_digest_is_stale_and_one_with_another_text_is_edited() -> None:
    assert check({"a": ONE, "b": ONE, "c": ONE, "d": ONE}, {"a": ONE, "b": TWO, "c": ONE + "more"}) == (
        FileState("a", StateOfFile.CURRENT),
        FileState("b", StateOfFile.STALE),
        FileState("c", StateOfFile.EDITED),
        FileState("d", StateOfFile.MISSING),
    )


def test_what_others_put_into_the_folder_is_not_extra() -> None:
    found = {"notes.md": "Exported by hand", "old.sh": TWO}
    assert check({}, found) == (FileState("old.sh", StateOfFile.EXTRA),)


def test_a_file_that_lost_its_header_is_stale() -> None:
    assert check({"a": ONE}, {"a": "echo"}) == (FileState("a", StateOfFile.STALE),)
