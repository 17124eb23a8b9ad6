"""Witnesses: what the product shows, sends, prints and asks of the database today, kept as files in `recorded/`.

A test makes each of them again and compares. Whoever changes behaviour on purpose records it anew with
`make witnesses` and says in the commit which witnesses moved and why; the difference is read line by line
like code. Clocks stand still, and whatever differs between two runs or two machines (ids of rows, keys, nonces,
tokens, names of static files, classes of style) is left out.
"""
