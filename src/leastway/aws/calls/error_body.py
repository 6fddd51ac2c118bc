"""Error answers in each protocol's own shape, with a code that SDKs do not try again.

Status 403 with AccessDenied (AccessDeniedException in JSON and CBOR): no SDK retries it, and providers print the
message. Sources: Smithy's protocol pages, "Operation error serialization"; Amazon S3 API Reference, "Error responses".
"""

from __future__ import annotations

import json
import struct
from html import escape
from typing import Final

from leastway.aws.calls.call import WireProtocol

__all__ = ["error_body"]

_STATUS: Final = 403
_LONGEST: Final = 1_024


def error_body(
    protocol: WireProtocol, service: str, message: str, *, request_id: str, code: str = "", status: int = _STATUS
) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """Return status, headers and body of a refusal.

    `code` is AccessDenied or AccessDeniedException, as the protocol has it, unless it is given.
    """
    text = message if len(message) <= _LONGEST else f"{message[: _LONGEST - 3]}..."
    text = "".join(each if each.isprintable() else " " for each in text)
    is_xml = protocol in (WireProtocol.QUERY, WireProtocol.EC2, WireProtocol.REST_XML)
    name = code or ("AccessDenied" if is_xml else "AccessDeniedException")
    if is_xml:
        kind, body = "text/xml", _xml(protocol, service, name, text, request_id)
    elif protocol is WireProtocol.CBOR:
        kind, body = "application/cbor", _cbor({"__type": name, "message": text})
    else:
        # Services write `message` or `Message`; with both, every SDK finds it.
        kind = "application/json" if protocol is WireProtocol.REST_JSON else "application/x-amz-json-1.1"
        body = json.dumps({"__type": name, "message": text, "Message": text}).encode()
    headers = [("content-type", kind), ("content-length", str(len(body))), ("x-amzn-requestid", request_id)]
    if is_xml and service in ("s3", "s3control"):
        headers.append(("x-amz-request-id", request_id))
    if not is_xml and protocol is not WireProtocol.CBOR:
        headers.append(("x-amzn-errortype", name))
    if protocol is WireProtocol.CBOR:
        headers.append(("smithy-protocol", "rpc-v2-cbor"))
    return status, tuple(headers), body


def _xml(protocol: WireProtocol, service: str, code: str, message: str, request_id: str) -> bytes:
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    request = f"<RequestId>{escape(request_id)}</RequestId>"
    if protocol is WireProtocol.EC2:
        body = (
            f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{escape(request_id)}</RequestID></Response>"
        )
    elif service == "s3":
        body = f"<Error>{error}{request}</Error>"
    else:
        body = f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error>{request}</ErrorResponse>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()


def _cbor(values: dict[str, str]) -> bytes:
    return bytes([0xA0 | len(values)]) + b"".join(map(_cbor_text, (each for pair in values.items() for each in pair)))


def _cbor_text(text: str) -> bytes:
    raw = text.encode()
    if len(raw) < 24:
        return bytes([0x60 | len(raw)]) + raw
    return b"\x79" + struct.pack(">H", len(raw)) + raw
