"""The systems that are held against each other, by name: LLMCompiler and the baselines, on the same model and tools."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langgraph.graph.state import CompiledStateGraph

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.graph.llm_compiler import create_llm_compiler
from langgraph_llm_compiler.graph.react import create_react_baseline
from langgraph_llm_compiler.prompts.joiner import SYSTEM as JOINER_PROMPT

Graph = CompiledStateGraph[Any, Any, Any, Any]
Tools = Sequence[BaseTool | Callable[..., Any]]

MAX_TURNS = 100
"""No question of a benchmark may fail a baseline for want of turns."""


@dataclass(frozen=True, slots=True)
class System:
    """One way to answer a question with tools.

    Attributes:
        name: What the command line calls it.
        title: What tables call it.
        planned: Whether it plans (LLMCompiler), or calls tools turn by turn.
        options: Arguments of its factory that make it what it is.
    """

    name: str
    title: str
    planned: bool
    options: Mapping[str, Any] = field(default_factory=dict)

    def build(self, model: BaseChatModel, tools: Tools, advice: "Advice | None" = None) -> Graph:
        """Build the graph.

        Args:
            model: Answers for every node.
            tools: What the plan, or the agent, may call.
            advice: What a suite says to its prompts.

        Raises:
            ConfigurationError: The tools or the model cannot be used.
        """
        advice = advice or Advice()
        if self.planned:
            return create_llm_compiler(
                model,
                tools,
                examples=advice.examples,
                joiner_prompt=f"{JOINER_PROMPT}\n{advice.guidance}\n" if advice.guidance else None,
                max_replans=advice.max_replans,
                prompt_style="paper",
                **self.options,
            )
        examples = advice.react_examples if self.options.get("style") == "text" else ()
        return create_react_baseline(
            model, tools, examples=examples, system_prompt=advice.guidance or None, max_turns=MAX_TURNS, **self.options
        )


@dataclass(frozen=True, slots=True)
class Advice:
    """What a suite says to the prompts of the systems.

    Attributes:
        examples: Worked examples for the planner.
        react_examples: The same for the ReAct that is prompted with text.
        guidance: In what form answers are wanted.
        max_replans: How many replans a question may need.
    """

    examples: Sequence[str] = ()
    react_examples: Sequence[str] = ()
    guidance: str = ""
    max_replans: int = 2


SYSTEMS: Mapping[str, System] = MappingProxyType(
    {
        system.name: system
        for system in (
            System("llm-compiler", "LLMCompiler", True, {"stream": True}),
            System("llm-compiler-no-stream", "LLMCompiler, not streaming", True, {"stream": False}),
            System("parallel-tools", "parallel function calling", False, {"parallel_tool_calls": True}),
            System("react", "ReAct", False, {"parallel_tool_calls": False}),
            System("react-text", "ReAct, prompted with text", False, {"style": "text"}),
        )
    }
)


def find_system(name: str) -> System:
    """The system of that name.

    Raises:
        ConfigurationError: There is none.
    """
    if name not in SYSTEMS:
        raise ConfigurationError(f"there is no system {name!r}; the systems are: {', '.join(SYSTEMS)}")
    return SYSTEMS[name]
