"""Graphs whose traces hold no secrets of a run's config, and which ask a parent graph for each approval once.

LangChain makes metadata of every plain value in `configurable`, whatever its name, for every run of a trace, unless
metadata of that name is there already. `langgraph dev` puts the run's `context` into `configurable` too.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any, Self, cast

from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphInterrupt
from langgraph.graph.state import CompiledStateGraph

from langgraph_llm_compiler.context import own_fields
from langgraph_llm_compiler.state import InputState, LLMCompilerOutput, LLMCompilerState

NOT_TRACED = "(not traced)"
_SECRET = ("key", "token", "secret", "password", "passwd", "pwd", "auth", "credential", "cookie")
_LANGCHAINS = ("__", "langgraph_")


class DiscreetGraph(CompiledStateGraph[LLMCompilerState, Any, InputState, LLMCompilerOutput]):
    """A compiled graph that keeps the user's fields of the context, and what is named like a secret, out of traces."""

    @classmethod
    def of(cls, graph: CompiledStateGraph[LLMCompilerState, Any, InputState, LLMCompilerOutput]) -> Self:
        """The graph, as one of these; made as `copy` makes another of its own class."""
        return cls(**{name: value for name, value in vars(graph).items() if name != "__orig_class__"})

    def stream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:
        """Run the graph, as `CompiledStateGraph.stream` does; `invoke` comes here too."""
        with _asking_once():
            yield from super().stream(input, self._discreet(config), **kwargs)

    async def astream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncIterator[Any]:
        """Run the graph, as `CompiledStateGraph.astream` does; `ainvoke` comes here too."""
        parts = cast(AsyncGenerator[Any, None], super().astream(input, self._discreet(config), **kwargs))
        async with contextlib.aclosing(parts):
            with _asking_once():
                async for part in parts:
                    yield part

    def _discreet(self, config: RunnableConfig | None) -> RunnableConfig | None:
        given: RunnableConfig = config or {}
        values = {**((self.config or {}).get("configurable") or {}), **(given.get("configurable") or {})}
        fields = own_fields(self.context_schema)
        hidden = {name: NOT_TRACED for name in values if name in fields or _looks_secret(name)}
        return {**given, "metadata": {**hidden, **(given.get("metadata") or {})}} if hidden else config


@contextlib.contextmanager
def _asking_once() -> Iterator[None]:
    """Ask a parent graph once what a person is asked: the executor and a link of its journal both stop for it."""
    try:
        yield
    except GraphInterrupt as error:
        raise GraphInterrupt(tuple({each.id: each for each in error.args[0]}.values())) from error


def _looks_secret(name: str) -> bool:
    return not name.startswith(_LANGCHAINS) and any(each in name.lower() for each in _SECRET)
