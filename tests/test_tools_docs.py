"""The examples of docs/tools.md run, and print what stands below them."""

import re
from collections.abc import Iterator

import pytest

from tests.graph.mcp_mountains import Mountains
from tests.pages import page, run
from tests.support import finish, plan, scripted

PAGE = page("tools.md")
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
    run(code, tmp_path, model=model, url=url)
    assert capsys.readouterr().out == printed
