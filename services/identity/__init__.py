"""Individual access (IAS): verifications, proofed identities, AAL2 challenges and sessions, links.

Owns the tables `identity_session`, `proofed_identity`, `aal2_challenge`, `aal2_session` and
`patient_link`. May import `calls` and what stands below it.
"""
