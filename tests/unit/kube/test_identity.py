import base64
import hashlib
import ssl
from contextlib import closing

import pytest
import trustme

from leastway.kube import Connection, cluster_identity
from tests.unit.kube.api_server import ApiServer
from tests.unit.kube.test_connection import Signer

KUBE_SYSTEM = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "kube-system", "uid": "a-uid", "resourceVersion": "1"},
}
BEFORE = "# Autorit\u00e9\n".encode()


@pytest.mark.parametrize("around", [(b"", b""), (BEFORE, b""), (b"", BEFORE), (BEFORE, BEFORE)])
@pytest.mark.parametrize("others", range(4))
def test_a_cluster_is_known_by_its_first_ca_whatever_is_around_it(around: tuple[bytes, bytes], others: int) -> None:
    after = b"".join(trustme.CA().cert_pem.bytes() for _ in range(others))
    with ApiServer((200, KUBE_SYSTEM)).serving() as server:
        pem = base64.b64decode(server.ca)
        given = base64.b64encode(around[0] + pem + around[1] + after).decode()
        with closing(Connection(server.endpoint, given, Signer())) as connection:
            found = cluster_identity(connection)
    expected = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.decode())).hexdigest()
    assert (found.authority, found.uid) == (expected, "a-uid")
