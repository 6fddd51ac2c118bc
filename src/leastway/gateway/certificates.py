"""The certificate authority of one run: made in memory, valid for days, trusted by nobody but the run.

The private keys never leave the process. OpenSSL's Python binding reads keys from files only, so they pass through an
anonymous file in memory.
"""

from __future__ import annotations

import datetime as dt
import os
import ssl
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, CertificateBuilder

__all__ = ["RunCa"]

_LIFETIME = dt.timedelta(days=7)
_BACKDATED = dt.timedelta(hours=1)
"""For clocks that are behind."""
_MOST_HOSTS = 2_000
"""A certificate is kept for each host; when there are more, they are made anew."""


class RunCa:
    """A CA with one key for itself and one for all hosts. Thread-safe. `pem` is what the run must trust."""

    def __init__(self, run: str, now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID

        self._now = now
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"leastway gateway of run {run}"[:64])])
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        certificate = self._sign(
            self._begin(self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
        )
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self._leaf_key_pem = self._leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def context(self, host: str) -> ssl.SSLContext:
        """Return the server's side of TLS for `host`. A client that names another host, or none, is refused."""
        with self._lock:
            if (found := self._contexts.get(host)) is None:
                if len(self._contexts) >= _MOST_HOSTS:
                    self._contexts.clear()
                found = self._contexts[host] = self._new_context(host)
            return found

    def _new_context(self, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        with open(os.memfd_create("leastway-certificate"), "wb") as file:  # noqa: PTH123  # it has no path
            file.write(self._leaf(host) + self._leaf_key_pem)
            file.flush()
            context.load_cert_chain(f"/proc/self/fd/{file.fileno()}")

        def check(_connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> int | None:
            return None if name is not None and name.lower() == host else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

        context.sni_callback = check
        return context

    def _leaf(self, host: str) -> bytes:
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
        from cryptography.x509.oid import ExtendedKeyUsageOID

        certificate = self._sign(
            self._begin(x509.Name([]), self._leaf_key)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        return certificate.public_bytes(serialization.Encoding.PEM)

    def _begin(self, subject: object, key: EllipticCurvePrivateKey) -> CertificateBuilder:
        from cryptography import x509

        now = self._now()
        assert isinstance(subject, x509.Name)  # noqa: S101  # the type is imported late
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _BACKDATED)
            .not_valid_after(now + _LIFETIME)
        )

    def _sign(self, builder: CertificateBuilder) -> Certificate:
        from cryptography.hazmat.primitives import hashes

        return builder.sign(self._key, hashes.SHA256())
