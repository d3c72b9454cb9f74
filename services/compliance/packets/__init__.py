"""Evidence packets: what proves one query, in files that can be read and verified without us.

Imports the evidence and the reviews of `compliance`, and the proof of the access log.
"""
