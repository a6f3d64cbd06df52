"""The examples of docs/tools.md run, and print what stands below them."""

import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.graph.mcp_mountains import Mountains
from tests.support import finish, plan, scripted

PAGE = (Path(__file__).parent.parent / "docs" / "tools.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)
PLANNED = re.compile(r"# plans (.+)")
CALL = re.compile(r"[\w.]+\([^)]*\)")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Mountains().served() as address:
        yield address


def test_every_example_says_what_it_prints():
    assert len(EXAMPLES) == PAGE.count("```python") == 4


@pytest.mark.parametrize(("code", "printed"), EXAMPLES)
def test_an_example(code, printed, url, tmp_path, capsys):
    (planned,) = PLANNED.findall(code)
    model = scripted(plan(*CALL.findall(planned)), finish("done"))
    file = tmp_path / "shown.py"
    file.write_text(code, encoding="utf-8")
    runpy.run_path(str(file), init_globals={"model": model, "url": url})
    assert capsys.readouterr().out == printed
