"""A set of policies as one formula, and the search for what makes it true.

`formula` has the formulas, `shared` each of them once, `interpretation`, `encode` and `encoded` make them from
policies; `subjects`, `choices` and `search` find a model, `cases` one where there are variables. Nothing here knows
what requests there can be: whoever asks brings that in as facts.
"""
