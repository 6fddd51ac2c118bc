"""Sets of values that a request may contain (strings, numbers, dates, addresses), and the search for a member.

`language` and `text` define what a policy's patterns match, `automaton` and `words` find a string that some patterns
match and others do not, `inclusion` avoids the search where comparing the patterns is enough, `points` handles values
other than strings, `values` both. Nothing here knows about statements, actions or callers.
"""
