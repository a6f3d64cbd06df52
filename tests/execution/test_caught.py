"""A cancellation goes through langchain as an exception, for its callbacks, and comes out as a cancellation."""

import asyncio
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.tools import BaseTool

from langgraph_llm_compiler import ToolPolicy
from langgraph_llm_compiler.execution.caught import Stopped
from tests.support import Gate, ask, both, call, create_llm_compiler, plan, scripted


class Hears(BaseCallbackHandler):
    """Keeps the errors of tools."""

    def __init__(self):
        self.errors = []

    def on_tool_error(self, error, **_):
        self.errors.append(error)

    @property
    def told(self):
        return [each.status for each in self.errors if type(each) is Stopped]


def patient(started):
    async def wait(query: str) -> str:
        """Wait without an end."""
        started.open()
        await Gate().passed()
        return query

    return wait


class Stubborn(BaseTool):
    """Waits without an end, and makes a result of every failure."""

    name: str = "wait"
    description: str = "Wait."
    started: Any

    def _run(self, query: str) -> str:
        raise AssertionError("called synchronously")

    async def _arun(self, query: str) -> str:
        return await patient(self.started)(query)

    async def arun(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super().arun(*args, **kwargs)
        except Exception:  # noqa: BLE001 - that is the point
            return "fine"


tools = pytest.mark.parametrize("tool", [patient, lambda started: Stubborn(started=started)], ids=["wait", "stubborn"])


@both
@tools
def test_callbacks_hear_of_a_call_that_takes_too_long(invoke, tool):
    hears, policies = Hears(), {"wait": ToolPolicy(timeout=0.05)}
    record, _ = call(invoke, tool(Gate()), 'wait("a")', {"callbacks": [hears]}, tool_policies=policies)
    assert record["status"] == "timeout"
    assert hears.told == ["timeout"]


@tools
async def test_a_cancelled_call_is_heard_of_and_stays_cancelled(tool):
    hears, started = Hears(), Gate()
    graph = create_llm_compiler(scripted(plan('wait("a")')), [tool(started)])
    run = asyncio.ensure_future(graph.ainvoke(ask(), {"callbacks": [hears]}))
    await started.passed()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert hears.told == ["cancelled"]
