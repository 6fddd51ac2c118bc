from pathlib import Path

import pytest

from leastway.app.open_grant import OpenGrant
from leastway.app.settings import Settings
from leastway.custody import FirstKeys
from leastway.estate import AuthMode
from leastway.grant import Grant, Identity
from leastway.kube import Backups
from leastway.ports.memory import MemorySites
from leastway.ports.memory_keys import MemoryUserKeys
from leastway.ports.memory_store import MemoryStore
from leastway.reconcile import Convergence
from tests.unit.compiler.conftest import DEPLOYER, EDIT, S3_ROLE, cluster, facts_of, grant_of
from tests.unit.proof.questions import questions_asked_once
from tests.unit.reconcile.test_apply import QuickClock

__all__ = ["questions_asked_once"]


@pytest.fixture
def grant() -> Grant:
    """Three clusters in the three modes, an IAM user and the S3 role: the scenario of the example `seed`."""
    return grant_of(
        cluster("api"),
        cluster("both", EDIT, DEPLOYER),
        cluster("map", DEPLOYER),
        identity=Identity.IAM_USER,
        roles=(S3_ROLE,),
    )


@pytest.fixture
def sites() -> MemorySites:
    return MemorySites(
        facts={
            **facts_of("api", AuthMode.API, "workers"),
            **facts_of("both", AuthMode.API_AND_CONFIG_MAP),
            **facts_of("map", AuthMode.CONFIG_MAP),
        }
    )


@pytest.fixture
def open_grant(grant: Grant, sites: MemorySites, tmp_path: Path) -> OpenGrant:
    settings = Settings(tmp_path, tmp_path / "leastway.db")
    sites.clock = QuickClock()
    return OpenGrant(
        grant,
        sites,
        MemoryStore(),
        settings,
        FirstKeys(settings.keys),
        Backups(settings.backups),
        MemoryUserKeys,
        convergence=Convergence(successes=2, interval=1, deadline=10),
        clock=sites.clock,
    )
