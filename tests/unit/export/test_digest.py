from dataclasses import replace

from leastway.compiler import compile_grant
from leastway.estate import Role
from leastway.export.header import digest
from tests.unit.compiler.conftest import DEPLOYER, EDIT, EXTERNAL_IDS, S3_ROLE, cluster, facts_of, grant_of

OBJECTS = compile_grant(
    grant_of(cluster("prod", EDIT, DEPLOYER), roles=(S3_ROLE,)), facts_of("prod"), EXTERNAL_IDS
).estate.objects


def test_digest_does_not_depend_on_the_order_of_objects() -> None:
    assert digest(reversed(OBJECTS)) == digest(OBJECTS)


def test_digest_depends_on_every_object() -> None:
    without_one = {digest(each for each in OBJECTS if each is not missing) for missing in OBJECTS}
    assert len(without_one) == len(OBJECTS)
    assert digest(OBJECTS) not in without_one


def test_digest_depends_on_fields() -> None:
    changed = [replace(each, max_session=7200) if isinstance(each, Role) else each for each in OBJECTS]
    assert digest(changed) != digest(OBJECTS)
