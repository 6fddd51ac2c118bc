"""Readers that find the policies in a file, with their positions. There is one module for each format.

A format tells which files it recognizes (`recognizes`) and reads them (`read`). A file that no format recognizes
contains no policy.
"""

from leastway.lint.readers.manifests import MANIFEST_WORDS
from leastway.lint.readers.read import read_policies
from leastway.lint.readers.reading import FileReading

__all__ = ["MANIFEST_WORDS", "FileReading", "read_policies"]
