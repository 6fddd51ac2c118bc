"""Templates: the subset of Go's text/template, with functions of sprig, that the driver `humanitec/template` has.

`parse_template` reads a text, and `ParsedTemplate.render` makes another one of data, in which each part with a secret
is marked. Pure, but for the random functions; bounded in time, depth and size. docs/drivers.md describes the subset.
"""

from leastway.registry.templates.definitions import TEMPLATE_NAMES, check_templates
from leastway.registry.templates.functions import FUNCTIONS
from leastway.registry.templates.template import ParsedTemplate, RenderedText, parse_template

__all__ = ["FUNCTIONS", "TEMPLATE_NAMES", "ParsedTemplate", "RenderedText", "check_templates", "parse_template"]
