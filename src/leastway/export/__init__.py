"""Exports: an estate as files for other tools to apply. The same estate gives the same files, byte for byte.

Everything is pure except `folder`, which reads and writes the folder of an export.
"""

from leastway.export.checking import FileState, StateOfFile, check
from leastway.export.exporter import CannotExportError, Exporter, ExportRequest, NothingToExportError
from leastway.export.folder import check_folder, write_files
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
    "NothingToExportError",
    "StateOfFile",
    "check",
    "check_folder",
    "is_ours",
    "read_header",
    "write_files",
]
