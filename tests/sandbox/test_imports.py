"""The sandbox imports nothing of the dashboard but a few modules that both sides share."""

import ast
from collections.abc import Iterator
from pathlib import Path

import services.sandbox

SHARED = {
    "services.clock",
    "services.ids",
    "services.metriport.demographics",
    "services.metriport.rate_limits",
    "services.metriport.schemas",
    "services.metriport.signature",
    "services.metriport.webhook_schemas",
}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide what is imported"
            yield node.module or ""


def test_the_sandbox_stands_on_shared_modules_only() -> None:
    files = list(Path(services.sandbox.__file__).parent.rglob("*.py"))
    found = {name for path in files for name in imported(path) if name.startswith("services")}
    outside = {name for name in found if not name.startswith("services.sandbox")}
    assert len(files) > 30
    assert outside <= SHARED


def test_no_folder_of_the_sandbox_is_crowded_or_unexplained() -> None:
    root = Path(services.sandbox.__file__).parent
    folders = [path for path in (root, *root.rglob("*")) if path.is_dir()]
    for folder in folders:
        if folder.name != "__pycache__":
            assert len(list(folder.glob("*.py"))) <= 14, folder
            assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text())), folder
