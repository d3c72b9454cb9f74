"""The gate: what passes to the dashboard and its files, and with which headers it is answered.

Owns no table. May import what `services.edge` may; only the composition imports it.
"""

from services.edge.gate.gate import Dashboard, Gate

__all__ = ["Dashboard", "Gate"]
