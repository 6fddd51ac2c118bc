"""A module that keeps its own state in S3, under an assumed role and with a lock file."""

from __future__ import annotations

import json

import pytest

from leastway.terraform import effective_of
from tests.integration.terraform.runs import Runs, StateServer
from tests.integration.terraform.test_seed_modules import (  # noqa: F401  # fixtures too
    EXTERNAL_ID,
    REGION,
    ROLE,
    Aws,
    aws,
    program,
)

pytestmark = pytest.mark.integration


def test_a_kept_backend_on_s3_works_with_assume_role_and_a_lock_file(
    runs: Runs,
    server: StateServer,
    aws: Aws,  # noqa: F811
) -> None:
    client = aws.client("s3")
    client.create_bucket(Bucket="states-of-shop", CreateBucketConfiguration={"LocationConstraint": REGION})
    endpoint = aws.environment()["AWS_ENDPOINT_URL"]
    backend = f"""
terraform {{
  backend "s3" {{
    bucket       = "states-of-shop"
    key          = "shop/dev"
    region       = "{REGION}"
    use_lockfile = true
    assume_role = {{
      role_arn    = "{ROLE}"
      external_id = "{EXTERNAL_ID}"
    }}
    endpoints                   = {{ s3 = "{endpoint}", sts = "{endpoint}" }}
    use_path_style              = true
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
    skip_s3_checksum            = true
  }}
}}
resource "terraform_data" "made" {{ input = "of shop" }}
"""
    run = runs.new({"main.tf": backend}, keep_backend=True, extra=aws.environment())
    run.do(run.commands.init())
    effective = effective_of(run.commands.module)
    assert effective.backend == "s3"
    assert not any("no lock" in note for note in effective.notes)
    run.do(run.commands.plan(), status=2)
    run.do(run.commands.apply())
    stored = json.loads(client.get_object(Bucket="states-of-shop", Key="shop/dev")["Body"].read())
    assert [each["name"] for each in stored["resources"]] == ["made"]
    listed = [each["Key"] for each in client.list_objects_v2(Bucket="states-of-shop")["Contents"]]
    assert listed == ["shop/dev"], "the lock file is gone"
    client.close()
    assert server.seen == []
