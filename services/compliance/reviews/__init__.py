"""The review queue: what waits for a reviewer, what reviewers decided, and the random sample.

`review_state.py` and `drawing.py` are pure. `queue.py` makes and updates items, `sample.py` draws
the weekly sample, and `reviews.py` is what pages use.
"""
