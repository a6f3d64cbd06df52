"""The house: imports run downwards only, and what is not needed is not imported."""

import ast
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import langgraph_llm_compiler

PACKAGE = "langgraph_llm_compiler"
ROOT = Path(langgraph_llm_compiler.__file__).parent
# From the top down. A file may import from its own floor and from those below. The state stands below what runs a plan,
# because what runs a plan gives the records of which the state consists.
FLOORS = [
    {"cli", "studio"},
    {"benchmarks"},
    {"graph"},
    {"nodes"},
    {"prompts"},
    {"execution"},
    {"simulator"},
    {"state", "context"},
    {"plan"},
    {"tools", "models"},
    {"errors", "schemas"},
]
LEVEL = {name: len(FLOORS) - number for number, names in enumerate(FLOORS) for name in names}
FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in FILES}


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it; with `from a import b` both `a` and `a.b`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor_of(module: str) -> str:
    return module.split(".")[1]


def ours(path: Path) -> set[str]:
    """Modules of this package that a file imports; a package is left out where one of its modules is meant."""
    return {name for name in imports_of(path) if name in MODULES and name != module_of(path)}


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_a_file_imports_from_no_floor_above_it(path):
    level = LEVEL[floor_of(module_of(path))]
    above = sorted(name for name in ours(path) if LEVEL[floor_of(name)] > level)
    assert not above, f"{module_of(path)} imports from above: {above}"


def test_no_two_files_import_each_other():
    """Packages whose `__init__` gathers names of their own modules are no cycle: they are left out."""
    graph = {
        module: {name for name in ours(path) if not module.startswith(f"{name}.")} for module, path in MODULES.items()
    }
    while leaves := [module for module, needed in graph.items() if not needed]:
        graph = {module: needed.difference(leaves) for module, needed in graph.items() if module not in leaves}
    assert not graph, f"these import one another: {sorted(graph)}"


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_no_file_reaches_into_private_modules(path):
    private = [
        name
        for name in imports_of(path)
        if name.startswith(("langgraph.", "langchain", "langsmith."))
        and any(part.startswith("_") and not part.startswith("__") for part in name.split("."))
    ]
    assert not private, f"{module_of(path)} imports {private}"


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_no_file_evaluates_text_or_takes_the_wrong_typed_dict(path):
    assert "typing.TypedDict" not in imports_of(path)
    called = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"eval", "exec", "compile", "__import__"}


@pytest.mark.parametrize("path", [path for path in FILES if floor_of(module_of(path)) == "plan"], ids=module_of)
def test_the_plan_language_is_pure_python(path):
    foreign = {name.split(".")[0] for name in imports_of(path)} - sys.stdlib_module_names - {PACKAGE}
    assert not foreign


def modules_after(code: str, *prefixes: str) -> set[str]:
    """Which modules with these prefixes are imported in a fresh interpreter when the code has run."""
    report = "import json, sys; print('\\n' + json.dumps(sorted(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True, cwd=ROOT.parent
    )
    modules = json.loads(run.stdout.splitlines()[-1])
    return {name for name in modules for prefix in prefixes if name == prefix or name.startswith(f"{prefix}.")}


def test_importing_the_package_imports_nothing_else():
    assert modules_after(f"import {PACKAGE}", "langchain_core", "langgraph", "openai", "pydantic") == set()
    assert modules_after(f"import {PACKAGE}", PACKAGE) == {PACKAGE}


def test_building_a_graph_imports_no_model_and_no_agent():
    code = f"from {PACKAGE} import create_llm_compiler, create_react_baseline"
    heavy = ("langchain", "langchain_openai", "openai", "langgraph.prebuilt", "langgraph.checkpoint.sqlite")
    # not rich: httpx, which langgraph_sdk imports, imports it itself where click is installed too
    assert modules_after(code, *heavy, "aiohttp", "simpleeval") == set()


def test_help_imports_no_langgraph():
    code = f"""
from {PACKAGE}.cli.main import main
try:
    main(["--help"])
except SystemExit as end:
    assert not end.code
"""
    assert modules_after(code, "langgraph", "langchain_core", "langchain", "openai", "pydantic", "aiohttp") == set()


@pytest.mark.parametrize("name", langgraph_llm_compiler.__all__)
def test_every_public_name_is_there(name):
    assert getattr(langgraph_llm_compiler, name) is not None
    assert name in dir(langgraph_llm_compiler)


def test_every_error_is_public():
    errors = importlib.import_module(f"{PACKAGE}.errors")
    names = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    assert names <= set(langgraph_llm_compiler.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'create_agent'"):
        _ = langgraph_llm_compiler.create_agent


def test_the_version_is_that_of_the_distribution():
    tomllib = importlib.import_module("tomllib")
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert langgraph_llm_compiler.__version__ == project["version"]


def test_the_lock_pins_versions_and_names_no_address():
    lines = (ROOT.parent / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert all("==" in line and "/" not in line and not line.startswith("-") for line in lines)
