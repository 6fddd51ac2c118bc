"""An estate as text for another tool to run. Pure: the same estate gives the same files, to the byte."""

from leastway.export.checking import FileState, StateOfFile, check
from leastway.export.exporter import CannotExportError, Exporter, ExportRequest
from leastway.export.formats import FORMATS
from leastway.export.header import LENGTH_OF_HEADER, Header, is_ours, read_header

__all__ = [
    "FORMATS",
    "LENGTH_OF_HEADER",
    "CannotExportError",
    "ExportRequest",
    "Exporter",
    "FileState",
    "Header",
    "StateOfFile",
    "check",
    "is_ours",
    "read_header",
]
