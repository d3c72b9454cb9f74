"""Why a person cannot get their records, and what is next: facts in, a verdict out.

Owns no table. May import `webhooks` and what stands below it.
"""
