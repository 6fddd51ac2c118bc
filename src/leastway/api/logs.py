"""Logs as JSON, one line each, with secrets masked.

Secrets are `Secret` objects and print as `***`; the masks are the second net, for text that comes from elsewhere.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Final

__all__ = ["log_to_standard_error", "masked"]

_FIELDS: Final = ("request_id", "method", "path", "status", "milliseconds", "client")
_MASKS: Final = (
    re.compile(r"lwt_[A-Za-z0-9_-]{20,}"),
    re.compile(r"(?i)(?<=bearer )[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(r"(?i)(?<=basic )[A-Za-z0-9+/=]{8,}"),
    re.compile(r"k8s-aws-v1\.[A-Za-z0-9_-]+"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL),
    re.compile(
        r"""(?ix) (?<= ["']) (?P<name> [a-z_-]* (?:secret|password|token|credential)[a-z_-]*)
        ["'] \s* [:=] \s* ["'] [^"']+"""
    ),
    re.compile(r"(?i)(?<=x-amz-security-token=)[^&\s\"']+"),
    re.compile(r"(?i)(?<=x-amz-signature=)[^&\s\"']+"),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
    re.compile(r"(?i)(?<=password=)[^&\s\"']+"),
    re.compile(r"(?:IQoJ|FwoG|FQoG)[A-Za-z0-9/+=]{96,}"),  # the form of an AWS session token
    re.compile(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+=]{40}(?![A-Za-z0-9/+=])"),  # the form of an AWS secret access key
)


def log_to_standard_error(level: int = logging.INFO) -> None:
    """Send every log of this process to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def masked(text: str) -> str:
    """Return the text with everything that looks like a secret replaced by `***`."""
    for mask in _MASKS:
        text = mask.sub(_hidden, text)
    return text


def _hidden(found: re.Match[str]) -> str:
    name = found.groupdict().get("name")
    return f'{name}": "***' if name else "***"


class _JsonLines(logging.Formatter):
    """One JSON object for each record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        time = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        line: dict[str, object] = {
            "time": time,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        for name in _FIELDS:
            if (value := getattr(record, name, None)) is not None:
                line[name] = masked(value) if isinstance(value, str) else value
        if record.exc_info:
            line["error"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
