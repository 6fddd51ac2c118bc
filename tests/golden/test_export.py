"""The exports of small grants in each format, in the commercial partition and in others.

LEASTWAY_WRITE_GOLDEN=1 writes the files again.
"""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from leastway.compiler import compile_grant, registrations_of
from leastway.estate import AuthMode
from leastway.export import FORMATS, ExportRequest, StateOfFile, check
from leastway.grant import AwsManagedPolicy, Grant, Identity
from leastway.primitives import Arn
from tests.unit.compiler.conftest import (
    DEPLOYER,
    EDIT,
    EXTERNAL_IDS,
    S3_ROLE,
    cluster,
    facts_elsewhere,
    facts_of,
    grant_elsewhere,
    grant_of,
)
from tests.unit.compiler.test_registrations import S3

FOLDER = Path(__file__).parent / "export"
FACTS = facts_of("prod", AuthMode.API, "workers") | facts_of("legacy", AuthMode.CONFIG_MAP)

READER = replace(
    S3_ROLE,
    policies=(*S3_ROLE.policies, AwsManagedPolicy(Arn.parse("arn:aws-us-gov:iam::aws:policy/AmazonSQSReadOnlyAccess"))),
)
GRANTS = {
    "user": grant_of(cluster("prod", EDIT, DEPLOYER), cluster("legacy", DEPLOYER), identity=Identity.IAM_USER),
    "role": grant_of(cluster("legacy", DEPLOYER, EDIT), roles=(replace(S3_ROLE, definitions=(S3,)),)),
    "govcloud": grant_elsewhere(
        "us-gov-west-1",
        cluster("prod", EDIT),
        cluster("legacy", DEPLOYER, EDIT),
        roles=(replace(READER, definitions=(S3,)),),
    ),
    "china": grant_elsewhere(
        "cn-north-1", cluster("prod", EDIT, DEPLOYER), roles=(S3_ROLE,), identity=Identity.IAM_USER
    ),
}


def exported(grant: Grant, name: str) -> dict[str, str]:
    compiled = compile_grant(grant, FACTS | facts_elsewhere(grant, FACTS), EXTERNAL_IDS)
    assert not compiled.unreadable
    registrations = partial(registrations_of, grant, EXTERNAL_IDS)
    estate = compiled.estate
    profile = grant.platform
    request = ExportRequest(
        profile.name, profile.version, estate, name, profile.role_prefix, registrations=registrations
    )
    return dict(FORMATS[name].export(request))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("grant", GRANTS)
def test_exported_files_match_the_golden_files(grant: str, name: str) -> None:
    got, folder = exported(GRANTS[grant], name), FOLDER / grant / name
    if os.environ.get("LEASTWAY_WRITE_GOLDEN"):
        for path, text in got.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
    found = {
        path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()
    }
    assert {one.path: one.state for one in check(got, found) if one.state is not StateOfFile.CURRENT} == {}
    assert found == got
