"""The chain of evidence of one query: what the log holds, read and put in order.

`gathering.py` reads the rows, `links.py` makes links of them; both are told the time.
"""
