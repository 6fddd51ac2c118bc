"""Tokens of OpenID Connect issuers.

AWS (STS API Reference, AssumeRoleWithWebIdentity; IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in
IAM"): a token must be signed by its issuer, not expired, and for an audience of the identity provider that the role's
account has for the issuer; else the answer is InvalidIdentityToken or ExpiredTokenException. Audiences and tags of a
provider can be changed, and its address is returned without https://. ministack: reads the claims of any token without
checking it, needs no provider, and has no calls for audiences and tags.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from typing import Any

from leastway.primitives import Arn
from leastway.sandbox.gaps.iam_api import IamAnswer, IamHandler, Params, argument, iam_answer, iam_error
from leastway.sandbox.process.engine import Function, answer, change, handle, iam

__all__ = ["PUBLIC_KEYS"]

PUBLIC_KEYS: dict[str, str] = {}
"""The public keys of the sandbox's issuers as PEM, by host: what AWS would read from their addresses."""

_NOT_A_TOKEN = "The ID Token provided is not a valid JWT."  # noqa: S105 - a message of AWS
_NO_KEY = "Couldn't retrieve verification key from your identity provider"
_EXPIRED = "Token expired: current date/time must be before the expiration date/time"


@change("services.sts", "_web_identity_trust_denied")
def _trust_denied(original: Function, role_arn: str, params: dict[str, Any], use_json: bool) -> Any:
    refused = _refused(role_arn, argument(params, "WebIdentityToken"))
    if refused is None:
        return original(role_arn, params, use_json)
    code, message = refused
    return iam("_error")(400, code, message, ns="sts")


def _refused(role_arn: str, token: str) -> tuple[str, str] | None:
    """Return the code and message of the refusal of a token, or None."""
    try:
        head, body, signature = token.split(".")
        claims, sealed = json.loads(_decoded(body)), _decoded(signature)
        issuer, audience, expiry = str(claims["iss"]), str(claims["aud"]), float(claims["exp"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        return "InvalidIdentityToken", _NOT_A_TOKEN
    role = Arn.parse(role_arn)
    host = issuer.removeprefix("https://")
    arn = f"arn:{role.partition}:iam::{role.account}:oidc-provider/{host}"
    provider = iam("_oidc_providers").get_scoped(role.account, None, arn)
    if provider is None:
        return "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {issuer}"
    if audience not in provider["ClientIDList"]:
        return "InvalidIdentityToken", "Incorrect token audience"
    if not _is_signed(host, f"{head}.{body}", sealed):
        return "InvalidIdentityToken", _NO_KEY
    if expiry <= time.time():
        return "ExpiredTokenException", _EXPIRED
    return None


def _is_signed(host: str, text: str, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if host not in PUBLIC_KEYS:
        return False
    key = load_pem_public_key(PUBLIC_KEYS[host].encode())
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(signature, text.encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@handle("GetOpenIDConnectProvider")
def _get(original: IamHandler, params: Params) -> IamAnswer:
    status, headers, body = original(params)
    return status, headers, body.replace(b"<Url>https://", b"<Url>")


@answer("AddClientIDToOpenIDConnectProvider", "TagOpenIDConnectProvider", "UntagOpenIDConnectProvider")
def _change(params: Params) -> IamAnswer:
    arn = argument(params, "OpenIDConnectProviderArn")
    provider = iam("_oidc_providers").get(arn)
    if provider is None:
        return iam_error(404, "NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}")
    audience = argument(params, "ClientID")
    if audience and audience not in provider["ClientIDList"]:
        provider["ClientIDList"].append(audience)
    new = iam("_extract_tags")(params)
    gone = {tag["Key"] for tag in new} | iam("_extract_tag_keys")(params)
    provider["Tags"] = [tag for tag in provider.get("Tags", []) if tag["Key"] not in gone] + new
    return iam_answer(params)
