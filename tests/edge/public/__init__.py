"""The public addresses as a process of their own."""
