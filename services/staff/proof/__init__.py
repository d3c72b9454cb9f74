"""What proves that the access log is whole: signing keys, anchors, sealed segments, verification.

Owns the tables `audit_anchor` and `audit_segment`. May import `store` and the rest of `staff`.
"""
