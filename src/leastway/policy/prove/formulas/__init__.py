"""A set of policies as one formula, and the search for a model of it.

`formula` defines formulas, `shared` keeps one object for equal ones, `interpretation`, `encode` and `encoded` build
them from policies; `subjects`, `choices` and `search` find a model, `cases` finds one for formulas with variables.
Nothing here knows which requests are possible: the caller passes that in as facts.
"""
