from pathlib import Path

from leastway.compiler import ids_without_looking, key_places
from leastway.grant import Identity, load_grant
from tests.unit.compiler.conftest import cluster, grant_of

EXAMPLES = Path(__file__).parents[3] / "src" / "leastway" / "examples"


def test_the_account_its_clusters_and_definitions_with_the_key_are_listed() -> None:
    grant = load_grant(EXAMPLES / "humanitec-keys" / "grant.yaml")
    (account,) = grant.accounts
    ids = ids_without_looking(grant, {}, {account.id: "an-external-id"})
    assert {place.name: place.todo for place in key_places(grant, account, ids)} == {
        "account/acme-keys-111122223333": "replace both members of its credentials",
        "cluster/acme-keys-111122223333-eu-central-1-prod": (
            "it uses the cloud account acme-keys-111122223333: check that it holds no copy of the key"
        ),
        "definition/aws-terraform-s3-bucket": ("replace its secrets variables.access_key and variables.secret_key"),
        "definition/aws-terraform-parameter": ("replace its secrets variables.access_key and variables.secret_key"),
    }


def test_a_place_of_another_account_is_not_listed() -> None:
    grant = grant_of(cluster("api"), identity=Identity.IAM_USER)
    (account,) = grant.accounts
    ids = ids_without_looking(grant, {}, {account.id: "an-external-id"})
    assert [place.name for place in key_places(grant, account, ids)] == [
        f"account/{grant.name}-{account.id}",
        f"cluster/{grant.name}-{account.id}-eu-central-1-api",
    ]
