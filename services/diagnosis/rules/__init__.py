"""The rules of the diagnosis, a module for each subject; new modules are found by themselves.

To add a rule, write a function here under `@rule(Stage…)`, a row in its table of tests, and a row
of words in `pages/_ui/words`.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)
