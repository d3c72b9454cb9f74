"""What each type of webhook changes in the log, a module for each type.

To have a new type interpreted, add a module here with a function under `@handles`: every module of
this package is imported below, which registers its handlers. A handler works inside the caller's
transaction and changes nothing when it sees a message again: messages come twice, late and in any
order, and are replayed.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)
