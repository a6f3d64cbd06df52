"""What is caught of a tool as it runs, within langchain: what it returned, and that it was cancelled."""

import asyncio
import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal, get_type_hints

from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, StructuredTool, Tool

from langgraph_llm_compiler.execution.bridge import IN_SYNC_RUN
from langgraph_llm_compiler.execution.results import Returned
from langgraph_llm_compiler.execution.threads import WORKERS

CANCELLED = "the call was cancelled"
EXITS = "the tool raised SystemExit: {error}"


class Stopped(Exception):
    """Stands for a cancellation on its way through langchain.

    langchain ends a tool's run, for tracers and other callbacks, on an `Exception` alone. A cancelled tool's run would
    stay open for ever in every trace.
    """

    def __init__(self, status: Literal["timeout", "cancelled"]) -> None:
        self.status = status
        super().__init__("no result within its time" if status == "timeout" else CANCELLED)


@dataclass(slots=True)
class Caught:
    """What is caught of one call.

    Attributes:
        limit: The time limit that the call runs under.
        returned: What the tool returned.
        cancelled: The cancellation that the tool was ended by, if it was.
    """

    limit: asyncio.Timeout
    returned: Returned
    cancelled: asyncio.CancelledError | None = None

    @contextlib.contextmanager
    def caught(self) -> Iterator[None]:
        """Catch what the tool that is called within does; a cancellation comes out as one."""
        _CAUGHT.set(self)
        try:
            yield
        except Exception:
            if self.cancelled is None:
                raise
        if self.cancelled is not None:
            raise self.cancelled

    def stop(self, error: asyncio.CancelledError) -> Stopped:
        """What langchain is given in place of a cancellation."""
        self.cancelled = error
        return Stopped("timeout" if self.limit.expired() else "cancelled")


_CAUGHT: ContextVar[Caught] = ContextVar("llm_compiler_caught")


def catching(tool: BaseTool) -> BaseTool:
    """A copy of the tool that leaves what it returns with the call, and runs sync code on our threads."""
    copy = tool.model_copy()
    run, arun = copy._run, copy._arun
    # past pydantic, which only lets declared fields be set: the instance's own method is found before its class's
    for name, method, caught in (("_run", run, _caught_run(tool, run)), ("_arun", arun, _caught_arun(tool, run, arun))):
        _keep_signature(caught, method, is_langchains=type(tool) is StructuredTool)
        object.__setattr__(copy, name, caught)
    if _runs_in_thread(tool) and type(tool).ainvoke in (StructuredTool.ainvoke, Tool.ainvoke):
        # theirs would put sync code on asyncio's own few threads
        object.__setattr__(copy, "ainvoke", functools.partial(BaseTool.ainvoke, copy))
    return copy


def _caught_run(tool: BaseTool, run: Callable[..., Any]) -> Callable[..., Any]:
    keep = _keeper(tool)

    @functools.wraps(run)
    def caught_run(*args: Any, **kwargs: Any) -> Any:
        return keep(run(*args, **kwargs))

    return caught_run


def _caught_arun(tool: BaseTool, run: Callable[..., Any], arun: Callable[..., Any]) -> Callable[..., Any]:
    blocking, has_sync_face = _runs_in_thread(tool), getattr(tool, "func", None) is not None
    keep = _keeper(tool)

    @functools.wraps(arun)
    async def caught_arun(*args: Any, **kwargs: Any) -> Any:
        try:
            # in a sync run by its sync face, as under ToolNode.invoke: what it holds for async use is bound to one loop
            if not (blocking or (has_sync_face and IN_SYNC_RUN.get())):
                return keep(await arun(*args, **kwargs))
            if (manager := kwargs.get("run_manager")) is not None:
                kwargs["run_manager"] = manager.get_sync()
            return keep(await WORKERS.run(run, *args, **kwargs))
        except asyncio.CancelledError as error:
            if (caught := _CAUGHT.get(None)) is None:
                raise
            raise caught.stop(error) from error
        except SystemExit as error:  # langchain runs this in a task of its own, which it would go past
            raise RuntimeError(EXITS.format(error=error)) from error

    return caught_arun


def _keep_signature(caught: Any, method: Callable[..., Any], *, is_langchains: bool) -> None:
    """Work out once what langchain asks of a tool's method at every call: its parameters and their types.

    Of a method of langchain's own, at every call anew, only which parameter is the config.
    """
    caught.__signature__ = inspect.signature(method)
    with contextlib.suppress(Exception):  # annotations that cannot be evaluated stay as they are written
        hints = get_type_hints(method, include_extras=True)
        caught.__annotations__ = {
            name: kind for name, kind in hints.items() if not is_langchains or kind is RunnableConfig
        }


def _runs_in_thread(tool: BaseTool) -> bool:
    method = type(tool)._arun
    if method in (StructuredTool._arun, Tool._arun):
        return getattr(tool, "coroutine", None) is None
    return method is BaseTool._arun


def _keeper(tool: BaseTool) -> Callable[[Any], Any]:
    return _keep_content if tool.response_format == "content_and_artifact" else _keep


def _keep(value: Any) -> Any:
    return value if (caught := _CAUGHT.get(None)) is None else caught.returned.keep(value)


def _keep_content(value: Any) -> Any:
    return value if (caught := _CAUGHT.get(None)) is None else caught.returned.keep_content(value)
