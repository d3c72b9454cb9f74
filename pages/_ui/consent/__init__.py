"""What the staff sees of people's consent, and does with it."""
