"""The upstream: Metriport's Medical API as the dashboard uses it."""
