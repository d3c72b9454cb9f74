"""Journey: how far a person is on the way to their records, and what happened on it.

The verdict, the steps, the queries, the records and the timeline. Imports every folder but
`panels`.
"""
