"""The parts of the page of reviews: the queue, the open item, its history, the decision."""
