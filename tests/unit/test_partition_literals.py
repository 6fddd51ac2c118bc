"""No ARN of the partition `aws` is written down in the source, but where that is meant.

An ARN that leastway makes has the partition of its account or region (`primitives.Partition`). A file that may say
`arn:aws:` stands here, with the reason.
"""

import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "leastway"
LITERAL = re.compile(r"""arn:aws:|\bArn\(\s*["']aws["']""")

EXAMPLE = "an example in a message, of how an ARN is written"
STAND_IN = "a stand-in that policies are tried on after their partition is taken for any (policy.partitions)"
WRITTEN_FOR_AWS = "an example for accounts in aws, as somebody would write it"
MAY_SAY_IT = {
    "estate/address.py": "an example in a docstring",
    "examples/*": WRITTEN_FOR_AWS,
    "grant/attachments.py": EXAMPLE,
    "grant/profile_document.py": EXAMPLE,
    "grant/profiles/humanitec/*": "the principal of Humanitec is in aws",
    "grant/values/role_arn.py": EXAMPLE,
    "policy/breadth/powers.py": STAND_IN,
    "policy/evaluate/principal.py": EXAMPLE,
    "lint/readers/template.py": STAND_IN,
    "lint/rules/*": STAND_IN,
    "sandbox/data/humanitec-v0.0.5.json": "Humanitec's own published policy, which is for aws",
    "sandbox/gaps/partitions.py": "what ministack writes, and the sandbox replaces",
}


def files_that_say_it() -> set[str]:
    files = (path for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(SOURCE).as_posix() for path in files if LITERAL.search(path.read_text("utf-8", "replace"))}


def may(file: str, pattern: str) -> bool:
    return file == pattern or (pattern.endswith("/*") and file.startswith(pattern.removesuffix("*")))


def test_an_arn_of_aws_is_written_down_only_where_that_is_meant() -> None:
    assert {file for file in files_that_say_it() if not any(may(file, pattern) for pattern in MAY_SAY_IT)} == set()


def test_every_exception_is_one_still() -> None:
    files = files_that_say_it()
    assert {pattern for pattern in MAY_SAY_IT if not any(may(file, pattern) for file in files)} == set()
