"""Sets of the texts that a request may hold, and whether one of them is left over: strings, numbers, dates, addresses.

`language` and `text` say what a policy's patterns match, `automaton` and `words` find a string that these accept and
those do not, `inclusion` spares the search where the patterns' own text is enough, `points` has what is no string,
`values` has both. Nothing here knows statements, actions or callers.
"""
