"""What is kept how long, what deletes it then, and the holds that stop that.

`kept.py` is the table of it all, `due.py` says which rows are due, `purge.py` deletes them. Owns
the table `legal_hold`; deletes old rows of every other table but those of the access log.
"""
