"""`--tools module:attribute`: the user's own tools."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from langchain_core.tools import BaseTool

from langgraph_llm_compiler.errors import ConfigurationError

Tools = Sequence[BaseTool | Callable[..., Any]]


def load_tools(name: str) -> Tools:
    """Import tools; modules are looked for in the current folder too.

    Args:
        name: `module:attribute`; the attribute is a list of tools, one tool, or a function without arguments that
            gives a list.

    Raises:
        ConfigurationError: There is no such module or attribute, or it holds no tools.
    """
    module_name, colon, attribute = name.partition(":")
    if not (module_name and colon and attribute):
        raise ConfigurationError(f"--tools takes module:attribute, such as my_tools:TOOLS, not {name!r}")
    found = _attribute(_module(module_name), attribute)
    if isinstance(found, BaseTool):
        return [found]
    if not isinstance(found, list | tuple) and callable(found):
        found = found()
    if not isinstance(found, list | tuple):
        raise ConfigurationError(f"{name!r} is no list of tools, but {type(found).__name__}; give a list")
    return list(found)


def _module(name: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return import_module(name)
    except Exception as error:  # the user's module may raise anything while it is imported
        raise ConfigurationError(
            f"--tools: module {name!r} cannot be imported: {type(error).__name__}: {error}"
        ) from error


def _attribute(module: Any, name: str) -> Any:
    try:
        return getattr(module, name)
    except AttributeError:
        public = ", ".join(sorted(key for key in vars(module) if not key.startswith("_"))) or "nothing"
        raise ConfigurationError(f"--tools: module {module.__name__!r} has no {name!r}; it has {public}") from None
