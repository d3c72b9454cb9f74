"""What the README and the architecture say is there."""

import re
from pathlib import Path

import pytest

from services.__main__ import main
from services.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEXTS = [ROOT / "README.md", ROOT / "docs" / "architecture.md", ROOT / "data" / "README.md"]
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    table = README[README.index("## Settings") : README.index("To begin anew")]
    documented = set()
    for row in re.findall(r"^\| (`[A-Z0-9_`, ]+`) \|", table, re.MULTILINE):
        documented |= set(re.findall(r"`([A-Z0-9_]+)`", row))
    assert documented == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("text", GUIDES, ids=lambda path: path.name)
def test_every_setting_and_command_that_is_named_is_there(text: Path) -> None:
    written = text.read_text(encoding="utf-8")
    assert set(re.findall(r"\b((?:OIDC|ROLE|SESSION|RETENTION|METRIPORT)_[A-Z_]+)\b", written)) <= {
        name.upper() for name in Settings.model_fields
    }
    assert set(re.findall(r"python -m services ([a-z-]+)", written)) <= set(main.commands)


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.name)
def test_every_path_that_is_named_is_there(text: Path) -> None:
    named = re.findall(
        r"`((?:app|pages|services|tests|docs|data)[\w/.]*/[\w/.]*)`", text.read_text()
    )
    assert named
    places = [ROOT / name.rstrip("/") for name in named]
    # A module may be named as services/x/y without its ending.
    missing = [
        place for place in places if not place.exists() and not place.with_suffix(".py").exists()
    ]
    assert missing == []
