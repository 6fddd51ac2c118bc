"""EKS tokens, signed by botocore."""

import base64
import datetime as dt
import itertools
from unittest import mock

import botocore.session
from botocore.credentials import Credentials
from botocore.model import ServiceId
from botocore.signers import RequestSigner

from tests.contract.kube.world.aws import Key

REGION = "eu-central-1"


_COUNT = itertools.count()


def eks_token(key: Key, cluster: str, *, age: dt.timedelta = dt.timedelta(), extra: str = "", host: str = "") -> str:
    """Return a token for a cluster, made `age` ago; `extra` is appended to the signed query.

    No two tokens are equal, because their X-Amz-Expires differ: a kube-apiserver caches an accepted token for ten
    seconds, whatever changes meanwhile.
    """
    host = host or f"sts.{REGION}.amazonaws.com"
    request = {
        "method": "GET",
        "url": f"https://{host}/?Action=GetCallerIdentity&Version=2011-06-15{extra}",
        "body": {},
        "headers": {"x-k8s-aws-id": cluster},
        "context": {},
    }
    credentials = Credentials(key.access_key_id, key.secret)
    session = botocore.session.Session()
    signer = RequestSigner(ServiceId("STS"), REGION, "sts", "v4", credentials, session.get_component("event_emitter"))
    when = dt.datetime.now(dt.UTC) - age
    with mock.patch("botocore.auth.get_current_datetime", return_value=when):
        url = signer.generate_presigned_url(
            request, operation_name="", expires_in=next(_COUNT) % 900, region_name=REGION
        )
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
