"""Every example of docs/streaming.md is run, and prints what the page says."""

import re

import pytest

from tests.embedding.pairs import Speaker, answered
from tests.pages import page
from tests.support import STYLE, plan

PAGE = page("streaming.md")
BLOCKS = re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", PAGE, re.DOTALL)
NAMED_MODEL = '"openai:gpt-4.1-mini"'


class Mountaineer(Speaker):
    """Plans the page's calls for every question, and answers once it has their results."""

    def _next(self, messages, kwargs):
        text = messages[-1].text
        if "2954" in text:
            return answered("It is 2,954 metres higher.")
        return plan('search("Mount Everest")', 'search("Kilimanjaro")', "subtract($1, $2)")


@pytest.mark.filterwarnings("ignore:The v3 streaming protocol")
def test_the_page_is_a_program_that_prints_what_it_says(served, capsys):
    assert len(BLOCKS) == 10
    assert PAGE.count(NAMED_MODEL) == 2
    names = {"model": Mountaineer()}
    replaced = {
        NAMED_MODEL: "model",
        "checkpointer=InMemorySaver()": f'checkpointer=InMemorySaver(), prompt_style="{STYLE["now"]}"',
        "[search, subtract])": f'[search, subtract], prompt_style="{STYLE["now"]}")',
        "http://127.0.0.1:2024": served,
        '"llm_compiler", input': f'"{STYLE["now"]}", input',
    }
    for code, printed in BLOCKS:
        for shown, run in replaced.items():
            code = code.replace(shown, run)
        exec(compile(code, "docs/streaming.md", "exec"), names)
        # sorted, because two searches that run at once may start and end in either order
        assert sorted(capsys.readouterr().out.splitlines()) == sorted(printed.splitlines())
