"""Format `mermaid`: who reaches what, as flowcharts for a document or a pull request."""

from leastway.export.mermaid.files import Mermaid, judged_charts

__all__ = ["Mermaid", "judged_charts"]
