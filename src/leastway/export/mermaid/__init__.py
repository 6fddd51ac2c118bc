"""Format `mermaid`: who reaches what, as flowcharts for a document or a pull request."""

from leastway.export.mermaid.files import Mermaid

__all__ = ["Mermaid"]
