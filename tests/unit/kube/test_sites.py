from __future__ import annotations

from pathlib import Path

import pytest

from leastway.estate import AuthMode, ClusterFacts, Place
from leastway.kube import Backups, KubernetesSites, sites
from leastway.kube.token import BearerToken

PLACE = Place("111122223333", "eu-central-1", "prod")
USER = "arn:aws:iam::111122223333:user/humanitec"


def no_token() -> BearerToken:
    raise AssertionError("nothing is asked of the cluster")


@pytest.mark.parametrize(
    ("mode", "shadowed", "counts"),
    [
        (AuthMode.API, "", False),
        (AuthMode.API_AND_CONFIG_MAP, USER, True),
        (AuthMode.CONFIG_MAP, "", True),
    ],
)
def test_an_access_entry_shadows_a_mapping_only_in_api_and_config_map_mode(
    mode: AuthMode, shadowed: str, counts: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[object, ...]] = []
    monkeypatch.setattr(sites, "Connection", lambda *_what, **_where: None)
    monkeypatch.setattr(sites, "KubernetesSite", lambda *given, map_counts: made.append((*given, map_counts)))
    facts = ClusterFacts(PLACE, "", "ACTIVE", mode, "https://prod.example", "")
    KubernetesSites(Backups(tmp_path)).site(PLACE, facts, no_token, USER, "humanitec")
    assert [given[-3:] for given in made] == [(shadowed, "humanitec", counts)]


def test_aws_auth_uses_a_role_arn_without_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(sites, "Connection", lambda *_what, **_where: None)
    monkeypatch.setattr(sites, "KubernetesSite", lambda *given, **_: made.append(given[3]))
    facts = ClusterFacts(PLACE, "", "ACTIVE", AuthMode.API_AND_CONFIG_MAP, "https://prod.example", "")
    role = "arn:aws:iam::111122223333:role/team/humanitec"
    KubernetesSites(Backups(tmp_path)).site(PLACE, facts, no_token, role, "humanitec")
    assert made == ["arn:aws:iam::111122223333:role/humanitec"]
