"""What the fields of our kinds are: their types, and how their lists merge.

One description serves decoding (unknown fields, wrong types), strategic merge patches and server-side apply.
"""
