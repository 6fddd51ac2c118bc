"""The certificate authority of one cluster, and the server certificate that it signs, by trustme.

The keys live in memory; the server's own passes through a private temporary file, because `ssl` loads it from nowhere
else.
"""

from __future__ import annotations

import base64
import functools
import ssl

import trustme

__all__ = ["ClusterAuthority"]


class ClusterAuthority:
    """A CA of its own for one cluster: a client that trusts one cluster trusts no other."""

    def __init__(self) -> None:
        self._authority = trustme.CA()
        self.pem: bytes = self._authority.cert_pem.bytes()

    @property
    def pem_base64(self) -> str:
        """The certificate as kubeconfig files and EKS have it."""
        return base64.b64encode(self.pem).decode("ascii")

    def issue(self, host: str) -> trustme.LeafCert:
        """Return a server certificate for the address `host`, with its private key."""
        return self._authority.issue_cert(host, "localhost", "kubernetes")

    def server_context(self, host: str) -> ssl.SSLContext:
        """Return a TLS context that presents a certificate for `host`, which the first client's hello has made.

        An estate has a thousand clusters, and few of them are ever called.
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
