"""The public addresses as a program of their own, away from the dashboard.

Owns no table. May import what `services.edge` may; `PublicApplication` is what `services.edge`
makes its `app` of.
"""

from services.edge.public.application import PublicApplication

__all__ = ["PublicApplication"]
