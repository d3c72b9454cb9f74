"""Who runs a command of the program, for events of the access log."""

import getpass
import os

from services.staff.audit import Stranger


def operator() -> Stranger:
    """Whoever runs the command, by the name of their account on this machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # An account without a name, as in some containers.
        user = f"uid {os.getuid()}"
    return Stranger(f"command line#{user}", f"{user} (command line)")
