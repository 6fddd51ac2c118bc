"""An estate as text for another tool to run. Pure: the same estate gives the same files, to the byte."""

from leastway.export.checking import FileState, StateOfFile, check
from leastway.export.exporter import CannotExportError, Exporter, ExportRequest
from leastway.export.formats import FORMATS
from leastway.export.header import is_ours

__all__ = [
    "FORMATS",
    "CannotExportError",
    "ExportRequest",
    "Exporter",
    "FileState",
    "StateOfFile",
    "check",
    "is_ours",
]
