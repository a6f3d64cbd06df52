"""LLMCompiler (Kim et al., arXiv 2312.04511) as a LangGraph package.

The names in `__all__` are the public face. They are imported when first used (PEP 562), so that importing the package
costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_llm_compiler.context import LLMCompilerContext
    from langgraph_llm_compiler.errors import (
        ConfigurationError,
        DependencyCycleError,
        DuplicateTaskError,
        JoinerOutputError,
        LLMCompilerError,
        ModelError,
        PlanError,
        PlannerError,
        PlanParseError,
        ReferencePathError,
        UndefinedReferenceError,
        UnknownToolError,
    )
    from langgraph_llm_compiler.execution.policy import ToolPolicy
    from langgraph_llm_compiler.graph.llm_compiler import create_llm_compiler
    from langgraph_llm_compiler.graph.react import create_react_baseline
    from langgraph_llm_compiler.state import LLMCompilerInput, LLMCompilerOutput, LLMCompilerState, TaskRecord

__version__ = "0.1.0"

__all__ = [
    "ConfigurationError",
    "DependencyCycleError",
    "DuplicateTaskError",
    "JoinerOutputError",
    "LLMCompilerContext",
    "LLMCompilerError",
    "LLMCompilerInput",
    "LLMCompilerOutput",
    "LLMCompilerState",
    "ModelError",
    "PlanError",
    "PlanParseError",
    "PlannerError",
    "ReferencePathError",
    "TaskRecord",
    "ToolPolicy",
    "UndefinedReferenceError",
    "UnknownToolError",
    "__version__",
    "create_llm_compiler",
    "create_react_baseline",
]

_HOMES = {
    "LLMCompilerContext": "context",
    "LLMCompilerInput": "state",
    "LLMCompilerOutput": "state",
    "LLMCompilerState": "state",
    "TaskRecord": "state",
    "ToolPolicy": "execution.policy",
    "create_llm_compiler": "graph.llm_compiler",
    "create_react_baseline": "graph.react",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
