"""The rows of reviews as pages read them: pages never import `store`."""

from services.store.tables import ReviewDecision, ReviewItem, ReviewSample

__all__ = ["ReviewDecision", "ReviewItem", "ReviewSample"]
