"""The Outcomes page: the choice of what it shows, its figures, charts and lists."""
