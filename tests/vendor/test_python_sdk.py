"""The vendor's Python SDK works against the sandbox unchanged."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.desk import Desk

SDK = "metriport==9.2.0"


@pytest.fixture(scope="session")
def sdk_folder(request: pytest.FixtureRequest) -> Path:
    """The SDK in a folder of its own, kept between runs.

    It pins a FastAPI that it does not import and that does not go with Streamlit, so it cannot
    stand in `tests/requirements.txt`; what it does import is there already.
    """
    cache = request.config.cache
    assert cache is not None
    folder = Path(cache.mkdir("vendor")) / SDK
    if not (folder / "metriport").exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        installed = subprocess.run(
            [*command, "--target", str(folder), SDK], capture_output=True, text=True, check=False
        )
        if installed.returncode:
            reason = f"{SDK} cannot be installed: {installed.stderr[-300:]}"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
    return folder


def test_the_python_sdk_does_all_it_can(sdk_folder: Path, running_desk: Desk) -> None:
    base_url = str(running_desk.http.base_url).rstrip("/")
    script = Path(__file__).with_name("python_sdk.py")
    ran = subprocess.run(
        [sys.executable, str(script), base_url],
        env=os.environ | {"PYTHONPATH": str(sdk_folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
