"""Durations, the generated secret, and how a wrong setting is told."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.errors import BadSettings
from services.settings import Settings, load_settings


def test_the_generated_secret_is_kept_and_private(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "new")
    assert settings.secret_keys() == settings.secret_keys()
    assert (tmp_path / "new" / "secret.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SANDBOX_SPEED", "fast"),
        ("SANDBOX_SPEED", "0"),
        ("PUBLIC_URL", "ftp://x"),
        ("METRIPORT_API_KEY", "hush-hush"),
    ],
)
def test_a_wrong_setting_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as caught:
        load_settings()
    assert name in str(caught.value)
    assert "hush-hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "means"),
    [("30m", timedelta(minutes=30)), ("90s", timedelta(seconds=90)), (" 2d ", timedelta(days=2))],
)
def test_a_duration_is_a_number_and_a_unit(
    monkeypatch: pytest.MonkeyPatch, written: str, means: timedelta
) -> None:
    monkeypatch.setenv("AAL2_MAX_IDLE", written)
    assert Settings(_env_file=None).aal2_max_idle == means


@pytest.mark.parametrize("written", ["", "30", "m", "-5m", "0h", "1.5h", "PT30M", "12 hours", "9w"])
def test_a_wrong_duration_stops_the_start(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("AAL2_MAX_AGE", written)
    with pytest.raises(BadSettings, match=r"AAL2_MAX_AGE.*30m"):
        load_settings()
