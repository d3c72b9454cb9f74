"""The pages: each reads top to bottom, and leaves the work to `services`."""
