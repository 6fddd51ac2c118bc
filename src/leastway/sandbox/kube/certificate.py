"""The certificate authority of one cluster, and the server certificate that it signs, created by trustme.

The keys are in memory; the server's key passes through a private temporary file, because `ssl` can load it only from a
file.
"""

from __future__ import annotations

import base64
import functools
import ssl

import trustme

__all__ = ["ClusterAuthority"]


class ClusterAuthority:
    """The CA of one cluster. Each cluster has its own, so a client that trusts one does not trust another."""

    def __init__(self) -> None:
        self._authority = trustme.CA()
        self.pem: bytes = self._authority.cert_pem.bytes()

    @property
    def pem_base64(self) -> str:
        """The certificate in the form of kubeconfig files and EKS."""
        return base64.b64encode(self.pem).decode("ascii")

    def issue(self, host: str) -> trustme.LeafCert:
        """Return a server certificate for the address `host`, with its private key."""
        return self._authority.issue_cert(host, "localhost", "kubernetes")

    def server_context(self, host: str) -> ssl.SSLContext:
        """Return a TLS context with a certificate for `host`, which is created at the first client's hello.

        An estate has a thousand clusters, and most of them are never called.
        """

        @functools.cache
        def certified() -> ssl.SSLContext:
            context = _context()
            self.issue(host).configure_cert(context)
            return context

        def present(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
            connection.context = certified()

        context = _context()
        context.sni_callback = present
        return context


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
