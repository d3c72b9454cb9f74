"""The ninety days before the first start: network queries, when they happened, their webhooks.

Nothing is stored here; `queries.network` keeps the answers that the history computes.
"""
