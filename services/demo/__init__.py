"""What fills the log at a first start in the sandbox: a past, and people in every state.

Only the composition root and tests import it. May import `workers` and what stands below it.
"""
