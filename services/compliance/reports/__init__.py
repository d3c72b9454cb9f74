"""Period reports: what was asked, proved, found, reviewed and looked at in a period.

Every number comes from a grouped statement or from the counts of days, so that memory does not grow
with the log. Imports the figures of `compliance` and the access log's proof.
"""
