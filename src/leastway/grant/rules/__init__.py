"""The rules that need several values of the grant, or other files, each in its own module.

A rule reads the tree, not the validated document, so that problems elsewhere hide nothing from it. Each problem is
reported at the node that causes it. `leastway.grant.load` runs all rules.
"""
