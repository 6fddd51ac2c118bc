from pathlib import Path

from tests.distribution import SLOW, TAKEN_APART, rank_of, unit_of

ROOT = Path(__file__).parents[2]


def test_the_tests_of_a_file_stay_together_unless_it_is_taken_apart() -> None:
    assert unit_of("tests/unit/grant/test_load.py::test_a[b::c]") == "tests/unit/grant/test_load.py"
    assert unit_of("tests/integration/life/test_killed.py::test_a[b]").endswith("::test_a[b]")


def test_slow_folders_come_first() -> None:
    places = [f"tests/{folder}/test_x.py::test_y" for folder in ("integration/life", "contract", "integration/git")]
    places += ["tests/properties/test_x.py::test_y", "tests/unit/test_x.py::test_y"]
    assert sorted(places, key=rank_of) == places


def test_every_folder_that_is_named_exists() -> None:
    assert all((ROOT / folder).is_dir() for folder in (*SLOW, *TAKEN_APART))
