import pytest

from leastway.errors import LeastwayError
from leastway.git.module_versions import newest

KNOWN = ["0.9.9", "1.0.0", "1.2.0", "1.10.0", "2.0.0", "2.1.0-beta1", "v3.0.1", "not-a-version"]


@pytest.mark.parametrize(
    ("constraint", "version"),
    [
        ("", "v3.0.1"),
        ("1.2.0", "1.2.0"),
        ("= 1.2", "1.2.0"),
        ("~> 1.0", "1.10.0"),
        ("~> 1.2.0", "1.2.0"),
        (">= 1.0, < 2.0", "1.10.0"),
        (">1.2.0,<=2.0.0", "2.0.0"),
        ("!= 3.0.1, < 3.1", "2.0.0"),
        ("2.1.0-beta1", "2.1.0-beta1"),
        ("< 1", "0.9.9"),
    ],
)
def test_the_newest_version_that_a_constraint_allows_is_taken(constraint: str, version: str) -> None:
    assert newest(KNOWN, constraint, where="module") == version


@pytest.mark.parametrize(
    "constraint", ["~> 4.0", "> 2.0.0, < 3.0.0", ">= 2.1.0-beta1, < 3.0.0", "1.2.0-rc1", "latest", "=> 1"]
)
def test_a_constraint_that_nothing_fits_or_that_cannot_be_read(constraint: str) -> None:
    with pytest.raises(LeastwayError):
        newest(KNOWN, constraint, where="module")
