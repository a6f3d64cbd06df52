"""Calls of plain tools that nobody watches.

Most of what langchain does for a tool call is done for tracers and other callbacks. Without any, only this is left of
it: check the arguments, call the function, hand over the config.
"""

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import var_child_runnable_config
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel

from langgraph_llm_compiler.execution.bridge import IN_SYNC_RUN
from langgraph_llm_compiler.execution.threads import WORKERS

_VARIADIC = frozenset({"args", "kwargs"})


class PlainTool:
    """A function with a schema, of which a call comes to the same with and without langchain around it.

    Args:
        tool: A tool for which `plain_tool` has found that.
        schema: Its schema.
        config_parameter: Which of its parameters takes the config.
    """

    def __init__(self, tool: StructuredTool, schema: type[BaseModel], config_parameter: str | None) -> None:
        self._function, self._coroutine, self._schema = tool.func, tool.coroutine, schema
        self._fields = tuple(schema.model_fields)
        self._config_parameter = config_parameter

    async def call(self, args: dict[str, Any], config: RunnableConfig) -> Any:
        """What the tool returns; for the rest of this asyncio task, `config` is what runs within inherit.

        Args:
            args: Arguments of the call, by parameter name.
            config: Config of the node on whose behalf the tool is called.

        Raises:
            ValidationError: The arguments do not fit the schema.
            BaseException: Whatever the tool raises.
        """
        given = self._checked(args)
        if self._config_parameter is not None:
            given[self._config_parameter] = config
        var_child_runnable_config.set(config)
        if self._coroutine is not None and not (self._function is not None and IN_SYNC_RUN.get()):
            return await self._coroutine(**given)
        if self._function is None:
            raise AssertionError("a tool has a function, a coroutine function, or both")
        return await WORKERS.run(self._function, **given)

    def _checked(self, args: dict[str, Any]) -> dict[str, Any]:
        if not self._fields:
            return {}
        checked = self._schema.model_validate(args)
        return {name: getattr(checked, name) for name in self._fields}


def plain_tool(tool: BaseTool) -> PlainTool | None:
    """The tool as one that can be called without langchain, if all that its function takes is in its schema.

    Args:
        tool: A tool that has nothing injected, as the user made it.
    """
    if type(tool) is not StructuredTool or tool.response_format != "content" or _is_special(tool):
        return None
    function, schema = tool.coroutine or tool.func, tool.args_schema
    if function is None or not (isinstance(schema, type) and issubclass(schema, BaseModel)):
        return None
    fields, config_parameter = set(schema.model_fields), _config_parameter(function)
    others = set(inspect.signature(function).parameters) - fields - {config_parameter}
    if others or fields & _VARIADIC or config_parameter in fields or schema.model_config.get("extra") == "allow":
        return None
    return PlainTool(tool, schema, config_parameter)


def _is_special(tool: StructuredTool) -> bool:
    return bool(tool.callbacks or tool.verbose or tool.handle_tool_error or tool.handle_validation_error)


def _config_parameter(function: Callable[..., Any]) -> str | None:
    try:
        hints = get_type_hints(function)
    except Exception:  # noqa: BLE001 - as langchain: what cannot be evaluated is not the config
        return None
    return next((name for name, kind in hints.items() if kind is RunnableConfig), None)
