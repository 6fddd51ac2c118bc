"""The form of what DBOS stores: JSON. Its default is pickle, which runs code when it is read."""

from __future__ import annotations

import json
from typing import Any

from dbos import Serializer

__all__ = ["JsonSerializer", "RecordedError"]

_ERROR = "leastway:error"


class RecordedError(Exception):
    """An exception that DBOS recorded: only its class is kept, because its text could contain anything."""


class JsonSerializer(Serializer):
    """Writes and reads JSON. Anything that is not JSON, such as a `Secret`, raises TypeError."""

    def name(self) -> str:
        """Return the name that each record carries."""
        return "leastway_json"

    def serialize(self, data: Any) -> str:
        """Return `data` as JSON."""
        if isinstance(data, BaseException):
            data = {_ERROR: type(data).__name__}
        return json.dumps(data, allow_nan=False, separators=(",", ":"))

    def deserialize(self, serialized_data: str) -> Any:
        """Return what was written."""
        data = json.loads(serialized_data)
        if isinstance(data, dict) and data.keys() == {_ERROR}:
            return RecordedError(data[_ERROR])
        return data
