"""What the rules say of every query and look, written down as the log changes.

Owns the tables `assessment`, `finding`, `assessment_day` and `work_mark`. A judgement is made
outside of the transaction that writes it; `marks.py` says how several processes share the work.
"""
