"""What docs/durability.md shows."""

import re
import runpy
from pathlib import Path

from tests.support import finish, plan, scripted, search

PAGE = Path(__file__).parents[2] / "docs" / "durability.md"


def test_the_code_of_the_page_runs(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "shown.py"
    file.write_text(code, encoding="utf-8")
    model = scripted(plan('search("a")'), finish("8,849 m"))
    shown = runpy.run_path(str(file), init_globals={"model": model, "tools": [search]})
    assert shown["graph"].get_state(shown["thread"]).values["messages"][-1].text.endswith("8,849 m")
    assert model.is_exhausted  # a run that has ended does nothing more
