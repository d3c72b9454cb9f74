"""The house: folders of one purpose, short files, and no import of a name of yesterday."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST_LINES = 300
MOST_MODULES = 14
MOST_MODULES_OF_SERVICES = 13

PYTHON = sorted(
    path for top in ("services", "pages", "tests") for path in ROOT.glob(f"{top}/**/*.py")
)
PACKAGES = sorted(path.parent for path in ROOT.glob("services/**/__init__.py"))
TEXTS = [
    *PYTHON,
    *(ROOT / name for name in ("app.py", "pyproject.toml", ".ci/run")),
    *ROOT.glob("docs/*.md"),
]

# Modules that once stood side by side in one folder, and stand elsewhere or nowhere now.
OLD = {
    "services": """
        aal2_sessions access access_facts access_state audit bulk_list bulk_starts call_log cases
        deliveries diagnosis_aal2 diagnosis_identity diagnosis_query diagnosis_records
        diagnosis_running diagnosis_sources doctor finder first_start first_start_access
        first_start_messages first_start_stories identity_news inbox log_rows patient_form
        patient_links patient_returns patient_search query_filters query_news query_requests
        query_starts query_status reconciler sign_in story_rows system timeline typed upstream_calls
        verdict webhook_filters worker_turns
    """,
    "services/sandbox": """
        api_consolidated api_files api_identity api_patients api_queries api_settings
        consolidated_queries fhir_catalogue fhir_chart fhir_codes fhir_course fhir_frame fhir_labs
        fhir_resources fhir_vitals history_calendar hosted_pages hosted_texts past_messages
    """,
    "services/store": "work_tables",
    "pages/_ui": """
        access_stepper access_words bulk_runs errors explain filters live new_patient news places
        queries_table query_card records_panel send_link source_choice start_query status tables
        timeline_table verdict_panel viewer webhook_health
    """,
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("package", PACKAGES, ids=name_of)
def test_a_folder_has_one_purpose_and_says_which(package: Path) -> None:
    modules = [path for path in package.glob("*.py") if path.name != "__init__.py"]
    most = MOST_MODULES_OF_SERVICES if package == ROOT / "services" else MOST_MODULES
    assert len(modules) <= most
    assert ast.get_docstring(ast.parse((package / "__init__.py").read_text()))


def test_files_are_short() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in PYTHON}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_old_names_stand_nowhere() -> None:
    old = re.compile("|".join(_old_paths()))
    texts = [path for path in TEXTS if path.exists() and path != Path(__file__)]
    found = {name_of(path): old.findall(path.read_text()) for path in texts}
    assert {name: names for name, names in found.items() if names} == {}


def test_every_import_of_ours_leads_to_a_file() -> None:
    """Also those inside functions, which nothing else runs."""
    assert {missing for path in PYTHON for missing in _imports_of_nothing(path)} == set()


def _old_paths() -> Iterator[str]:
    """Each old name as it is imported and as it is written in texts."""
    for folder, names in OLD.items():
        dotted = folder.replace("/", r"\.")
        words = "|".join(names.split())
        yield rf"\b{dotted}\.(?:{words})\b"
        yield rf"\b{folder}/(?:{words})\.py\b"
        yield rf"\bfrom {dotted} import (?:{words})\b"


def _imports_of_nothing(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        else:
            continue
        for module in modules:
            if module.split(".")[0] in ("services", "pages", "tests") and not _stands(module):
                yield f"{name_of(path)}: {module}"


def _stands(module: str) -> bool:
    place = ROOT.joinpath(*module.split("."))
    return place.is_dir() or place.with_suffix(".py").is_file()
