import sys

import pytest

from langgraph_llm_compiler.cli.toolbox import load_tools
from langgraph_llm_compiler.errors import ConfigurationError

MODULE = '''
from langchain_core.tools import tool

@tool
def look(query: str) -> str:
    """Looks."""
    return query

TOOLS = [look]
PAIR = (look, look)
NUMBER = 5
def make(): return [look, look]
def broken(): return 5
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "own_tools.py").write_text(MODULE)
    (tmp_path / "bad_tools.py").write_text("1 / 0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    yield tmp_path
    for name in ("own_tools", "bad_tools"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("attribute", "count"), [("TOOLS", 1), ("PAIR", 2), ("look", 1), ("make", 2)])
def test_tools_of_the_current_folder(attribute, count):
    tools = load_tools(f"own_tools:{attribute}")
    assert [tool.name for tool in tools] == ["look"] * count


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("own_tools", "takes module:attribute"),
        (":TOOLS", "takes module:attribute"),
        ("own_tools:", "takes module:attribute"),
        ("no_such_module:TOOLS", "'no_such_module' cannot be imported: ModuleNotFoundError"),
        ("bad_tools:TOOLS", "'bad_tools' cannot be imported: ZeroDivisionError"),
        ("own_tools:MISSING", "has no 'MISSING'; it has NUMBER, PAIR, TOOLS, broken, look, make, tool"),
        ("own_tools:NUMBER", "is no list of tools, but int"),
        ("own_tools:broken", "is no list of tools, but int"),
    ],
)
def test_what_is_wrong_is_said(name, message):
    with pytest.raises(ConfigurationError, match=message):
        load_tools(name)


def test_a_module_with_nothing_in_it(folder):
    (folder / "empty_tools.py").write_text("")
    with pytest.raises(ConfigurationError, match="it has nothing"):
        load_tools("empty_tools:TOOLS")
    sys.modules.pop("empty_tools")
