"""The certificate authority of one cluster, and the server certificate that it signs.

EC P-256 throughout: a cluster's keys take a millisecond to make. The keys live in memory; the server's own passes
through a private temporary file, because `ssl` loads it from nowhere else.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
import ipaddress
import ssl
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["ClusterAuthority"]

_LIFETIME = dt.timedelta(days=30)
_BACKDATED = dt.timedelta(hours=1)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(subject: str, issuer: str, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


class ClusterAuthority:
    """A CA of its own for one cluster: a client that trusts one cluster trusts no other."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        certificate = (
            _builder("kubernetes", "kubernetes", self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.pem: bytes = certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def pem_base64(self) -> str:
        """The certificate as kubeconfig files and EKS have it."""
        return base64.b64encode(self.pem).decode("ascii")

    def issue(self, host: str) -> tuple[bytes, bytes]:
        """Return a server certificate for the address `host` and its private key, both as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.IPAddress(ipaddress.ip_address(host)), x509.DNSName("localhost"), x509.DNSName("kubernetes")]
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            _builder("kube-apiserver", "kubernetes", key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return certificate.public_bytes(serialization.Encoding.PEM), private

    def server_context(self, host: str) -> ssl.SSLContext:
        """Return a TLS context that presents a certificate for `host`, which the first client's hello has made.

        An estate has a thousand clusters, and few of them are ever called.
        """

        certified = functools.cache(self._certified)

        def present(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
            connection.context = certified(host)

        context = _context()
        context.sni_callback = present
        return context

    def _certified(self, host: str) -> ssl.SSLContext:
        certificate, key = self.issue(host)
        context = _context()
        with tempfile.NamedTemporaryFile(prefix="leastway-") as file:  # 0600, and gone when the block ends
            file.write(certificate + key)
            file.flush()
            context.load_cert_chain(file.name)
        return context


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
