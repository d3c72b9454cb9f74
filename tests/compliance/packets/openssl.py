"""Runs the documented command of an auditor, in a folder with nothing but the packet's files."""

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path


def verifies(folder: Path, command: str, files: Mapping[str, bytes]) -> bool:
    """Whether the command says that the signature fits; `files` are written into the folder."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    ended = subprocess.run(shlex.split(command), cwd=folder, capture_output=True, text=True)
    said = ended.stdout + ended.stderr
    assert ("Signature Verified Successfully" in said) is (ended.returncode == 0), said
    return ended.returncode == 0
