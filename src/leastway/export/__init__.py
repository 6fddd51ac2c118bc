"""An estate as text for another tool to run. Pure: the same estate gives the same files, to the byte."""

from leastway.export.checking import FileState, StateOfFile, check
from leastway.export.exporter import CannotExportError, Danger, Exporter, ExportRequest, NothingToExportError
from leastway.export.formats import FORMATS
from leastway.export.header import LENGTH_OF_HEADER, Header, is_ours, read_header

__all__ = [
    "FORMATS",
    "LENGTH_OF_HEADER",
    "CannotExportError",
    "Danger",
    "ExportRequest",
    "Exporter",
    "FileState",
    "Header",
    "NothingToExportError",
    "StateOfFile",
    "check",
    "is_ours",
    "read_header",
]
