"""The source contains no ARN of the partition `aws`, except where that is intended.

An ARN that leastway creates has the partition of its account or region (`primitives.Partition`). Files that may
contain `arn:aws:` are listed here, with the reason.
"""

import re
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "leastway"
LITERAL = re.compile(r"""arn:aws:|\bArn\(\s*["']aws["']""")

EXAMPLE = "an example of an ARN in a message"
STAND_IN = "a stand-in for policies whose partition was replaced by any (policy.partitions)"
WRITTEN_FOR_AWS = "an example for accounts in aws, as a user would write it"
MAY_SAY_IT = {
    "aws/kms.py": EXAMPLE,
    "broker/switching.py": "the form of an ARN, in a message",
    "estate/address.py": "an example in a docstring",
    "examples/*": WRITTEN_FOR_AWS,
    "grant/attachments.py": EXAMPLE,
    "grant/profile_document.py": EXAMPLE,
    "grant/profiles/datadog/*": "the account of Datadog is in aws",
    "grant/profiles/humanitec/*": "the principal of Humanitec is in aws",
    "grant/profiles/spacelift/*": "the account of Spacelift is in aws",
    "grant/values/role_arn.py": EXAMPLE,
    "policy/breadth/powers.py": STAND_IN,
    "policy/evaluate/principal.py": EXAMPLE,
    "lint/readers/template.py": STAND_IN,
    "lint/rules/*": STAND_IN,
    "registry/account_type.py": EXAMPLE,
    "sessions/request.py": EXAMPLE,
    "sandbox/gaps/partitions.py": "written by ministack, replaced by the sandbox",
}


@cache
def files_that_say_it() -> set[str]:
    files = (path for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(SOURCE).as_posix() for path in files if LITERAL.search(path.read_text("utf-8", "replace"))}


def may(file: str, pattern: str) -> bool:
    return file == pattern or (pattern.endswith("/*") and file.startswith(pattern.removesuffix("*")))


def test_arns_of_aws_appear_only_in_listed_files() -> None:
    assert {file for file in files_that_say_it() if not any(may(file, pattern) for pattern in MAY_SAY_IT)} == set()


def test_every_listed_file_still_needs_its_exception() -> None:
    files = files_that_say_it()
    assert {pattern for pattern in MAY_SAY_IT if not any(may(file, pattern) for file in files)} == set()
