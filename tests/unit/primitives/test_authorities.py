from pathlib import Path

import pytest
import trustme

from leastway.errors import InvalidInputError
from leastway.primitives import read_authorities


def test_comments_of_a_bundle_may_have_any_letters(tmp_path: Path) -> None:
    pem = trustme.CA().cert_pem.bytes()
    (tmp_path / "ca.pem").write_bytes("# Autorit\u00e9\n".encode() + pem + b"# \xff\n")
    assert read_authorities(tmp_path / "ca.pem") == "# Autorit\n" + pem.decode() + "# \n"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "has no certificates in PEM"),
        (b"no certificate", "has no certificates in PEM"),
        (trustme.CA().cert_pem.bytes()[:100], "has no certificates in PEM"),
        (b"#" * (1 << 20) + b"\n", "is larger than 1,048,576 bytes"),
    ],
    ids=["empty", "text", "cut", "too large"],
)
def test_what_is_no_bundle_is_refused_by_its_name(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "ca.pem").write_bytes(content)
    with pytest.raises(InvalidInputError, match=rf"ca\.pem: {what}"):
        read_authorities(tmp_path / "ca.pem")
