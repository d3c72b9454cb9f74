"""Proof that what was done was allowed: evidence, findings, reviews, packets, reports, retention.

Owns the tables `assessment`, `finding`, `assessment_day`, `work_mark`, `review_item`,
`review_decision`, `review_sample`, `record_look` and `legal_hold`. May import the folders of all
other domains, but neither `operations` nor `workers`.
"""
