"""Individual access: the hosted pages that people click through, identities, AAL2 sessions.

Owns the tables `hosted_page`, `proofed_identity` and `aal2_session`.
"""
