"""What docs/tracing.md says is so."""

import re
import runpy
from pathlib import Path
from typing import get_args

from langsmith import Client

from langgraph_llm_compiler.execution import tracing
from langgraph_llm_compiler.state import TaskStatus
from tests.support import ask, both, create_llm_compiler, finish, plan, scripted, search
from tests.tracing.conftest import KEY
from tests.tracing.trees import texts_of

DOCUMENT = (Path(__file__).parents[2] / "docs" / "tracing.md").read_text(encoding="utf-8")


def test_every_metadata_key_is_listed():
    constants = {value for name, value in vars(tracing).items() if name.isupper() and isinstance(value, str)}
    counts = {f"plan_{status}" for status in get_args(TaskStatus)}
    listed = {
        key for row in re.findall(r"^\| (`plan_.*?) \|", DOCUMENT, re.MULTILINE) for key in re.findall(r"plan_\w+", row)
    }
    assert listed == constants | counts


@both
def test_the_shown_client_leaves_out_secrets_of_the_config(invoke, traces, tmp_path, monkeypatch):
    monkeypatch.setenv("LANGSMITH_API_KEY", KEY)
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    file = tmp_path / "shown.py"
    file.write_text(code.replace("Client(", "client_of("), encoding="utf-8")
    tracer = runpy.run_path(str(file), {"client_of": lambda **more: Client(api_url=traces.url, api_key=KEY, **more)})[
        "tracer"
    ]
    config = {"callbacks": [tracer], "configurable": {"my_api_key": "canary-of-the-config", "user": "somebody"}}
    invoke(create_llm_compiler(scripted(plan('search("a")'), finish()), [search]), ask(), config)
    tracer.client.flush()
    assert "canary" not in texts_of(traces.bodies)
    assert "somebody" in texts_of(traces.bodies)
    traces.assert_tree("one-call")
    tracer.client.cleanup()
