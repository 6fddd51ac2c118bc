"""The documentation site: every page of the repository, built strictly (`make docs`).

The pages are the Markdown files themselves, read as GitHub reads them: README.md is the front page, and its links and
anchors are those of the site. `contents.md` has the order of the pages; those of `docs` that it does not name come
under More. A link that leads nowhere fails the build. Mermaid draws its pictures in the browser, from a copy in the
site.
"""

from __future__ import annotations

import shutil
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

HERE = Path(__file__).parent

project = "leastway"
copyright = ""  # noqa: A001 - Sphinx's name
extensions = ["myst_parser"]
root_doc = "README"
include_patterns = ["*.md", "docs/**.md"]
exclude_patterns = [".*", "build", "src", "tests", "site"]
nitpicky = True

myst_heading_anchors = 4
myst_fence_as_directive = ["mermaid"]
suppress_warnings = ["misc.highlighting_failure"]  # examples show what leastway refuses

html_theme = "furo"
html_title = "leastway"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_static_path = ["../.tools/mermaid", "static"]
html_css_files = ["site.css"]
templates_path: list[str] = []


class Mermaid(Directive):
    """A picture as its Mermaid text, which the script of the page draws."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the text in the element that Mermaid looks for."""
        text = escape("\n".join(self.content))
        return [nodes.raw("", f'<pre class="mermaid">{text}</pre>', format="html")]


def append_contents(_app: Sphinx, name: str, source: list[str]) -> None:
    """Append the order of the pages to the front page."""
    if name == root_doc:
        contents = (HERE / "contents.md").read_text(encoding="utf-8")
        named = set(contents.split())
        pages = sorted(f"docs/{path.stem}" for path in (HERE.parent / "docs").glob("*.md"))
        if more := [page for page in pages if page not in named]:
            contents += "\n```{toctree}\n:hidden:\n:caption: More\n" + "\n".join(more) + "\n```\n"
        source[0] += "\n" + contents


def copy_front_page(app: Sphinx, problem: Exception | None) -> None:
    """Let the address of the site show the front page."""
    if problem is None:
        shutil.copy(app.outdir / f"{root_doc}.html", app.outdir / "index.html")


def setup(app: Sphinx) -> None:
    """Register the directive, the script and the contents."""
    app.add_directive("mermaid", Mermaid)
    app.add_js_file("mermaid.min.js")
    app.add_js_file("site.js")
    app.connect("source-read", append_contents)
    app.connect("build-finished", copy_front_page)
