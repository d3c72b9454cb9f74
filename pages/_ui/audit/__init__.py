"""The access log and the access review on the page: lists, filters, one event, a report.

Imports `frame`, `list`, `dialogs` and `words`.
"""
