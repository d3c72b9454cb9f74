"""The embedded upstream: a synthetic Metriport that speaks the API over real HTTP."""

from services.sandbox.sandbox import Sandbox
from services.sandbox.upstream import SandboxConfig

__all__ = ["Sandbox", "SandboxConfig"]
