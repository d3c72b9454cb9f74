"""The access log as it is read: search, who saw a person, files of it, the yearly access review.

Writing it is `services/staff/audit.py`. Imports `staff`, the upstream client for the one name that
a report needs, and `store`.
"""
