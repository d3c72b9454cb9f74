"""The rules by which queries and looks are judged: pure functions, in sets with dates.

`rule_sets.py` says which set is in force on which day. A judgement reads nothing: it is told the
rows, the settings and the time.
"""
