"""For those who run the program: the setup check, heartbeats, the sandbox's switches.

Owns the table `worker_turn`. May import `bulk`, `outcomes`, `lookup` and what stands below them.
"""
