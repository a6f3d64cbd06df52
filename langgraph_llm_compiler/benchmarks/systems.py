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
from langgraph_llm_compiler.prompts.families import family
from langgraph_llm_compiler.prompts.joiner import EXAMPLES as JOINER_EXAMPLES
from langgraph_llm_compiler.prompts.react import GUARD

Graph = CompiledStateGraph[Any, Any, Any, Any]
Tools = Sequence[BaseTool | Callable[..., Any]]

MAX_TURNS = 100
"""No question of a benchmark may fail a baseline for want of turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompts:
    """What a suite says to the prompts of one family; what all suites have in common stands in `prompts/`.

    Attributes:
        examples: In-context examples for the planner, each a question with its plan.
        joiner_examples: The same for the joiner, each a question, its calls with observations, and the decision.
        react_examples: The same for a text ReAct prompt.
        guidance: In what form answers are wanted; `""` if any will do.
        char_limit: How many characters of a page an observation has room for; `None` for all of them.
        one_sentence: Whether it has room for the page's first sentence only.
    """

    examples: Sequence[str] = ()
    joiner_examples: Sequence[str] = ()
    react_examples: Sequence[str] = ()
    guidance: str = ""
    char_limit: int | None = None
    one_sentence: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a suite says to the systems.

    Attributes:
        prompts: What it says to their prompts.
        family: Name of the wording in `prompts.families.FAMILIES`: `"chat"` or `"completion"`.
        max_replans: How many replans a question may need.
    """

    prompts: Prompts = field(default_factory=Prompts)
    family: str = "chat"
    max_replans: int = 2


@dataclass(frozen=True, slots=True)
class System:
    """One way to answer a question with tools.

    Attributes:
        name: What the command line calls it.
        title: What tables call it.
        planned: Whether it plans (LLMCompiler), or calls tools turn by turn.
        options: Arguments of its factory that make it what it is.
        guarded: Whether its prompt warns of stopping early and of loops (the paper's ReAct†).
    """

    name: str
    title: str
    planned: bool
    options: Mapping[str, Any] = field(default_factory=dict)
    guarded: bool = False

    def build(
        self,
        model: str | BaseChatModel,
        tools: Tools,
        advice: Advice | None = None,
        *,
        joiner_model: BaseChatModel | None = None,
    ) -> Graph:
        """Build the graph.

        Args:
            model: Answers for every node; its name, "provider:name", will do.
            tools: What the plan, or the agent, may call.
            advice: What a suite says to its prompts.
            joiner_model: Answers for the joiner instead; nothing else has one.

        Raises:
            ConfigurationError: The tools or the model cannot be used.
        """
        advice = advice or Advice()
        return self._planned(model, tools, advice, joiner_model) if self.planned else self._turns(model, tools, advice)

    def _planned(
        self, model: str | BaseChatModel, tools: Tools, advice: Advice, joiner_model: BaseChatModel | None
    ) -> Graph:
        if self.options.get("prompt_style") == "compact":  # one wording for all models, and no need of examples
            return create_llm_compiler(
                model,
                tools,
                joiner_model=joiner_model,
                max_replans=advice.max_replans,
                system_prompt=advice.prompts.guidance or None,
                **self.options,
            )
        wording = family(advice.family)
        return create_llm_compiler(
            model,
            tools,
            joiner_model=joiner_model,
            examples=advice.prompts.examples,
            planner_prompt=wording.planner,
            joiner_prompt=_joiner_prompt(wording.joiner, advice.prompts),
            max_replans=advice.max_replans,
            prompt_style="paper",
            **self.options,
        )

    def _turns(self, model: str | BaseChatModel, tools: Tools, advice: Advice) -> Graph:
        is_text, wording = self.options.get("style") == "text", family(advice.family)
        return create_react_baseline(
            model,
            tools,
            examples=advice.prompts.react_examples if is_text else (),
            prompt=wording.react + (GUARD if self.guarded else "") if is_text else None,
            system_prompt=advice.prompts.guidance or None,
            max_turns=MAX_TURNS,
            **self.options,
        )


def _joiner_prompt(wording: str, prompts: Prompts) -> str:
    text = f"{wording}\n{prompts.guidance}\n" if prompts.guidance else wording
    if not prompts.joiner_examples:
        return text
    return text + JOINER_EXAMPLES.format(examples="\n\n".join(prompts.joiner_examples))


SYSTEMS: Mapping[str, System] = MappingProxyType(
    {
        system.name: system
        for system in (
            System("llm-compiler", "LLMCompiler", True, {"stream": True}),
            System("llm-compiler-no-stream", "LLMCompiler, not streaming", True, {"stream": False}),
            System("llm-compiler-compact", "LLMCompiler, compact", True, {"prompt_style": "compact"}),
            System(
                "llm-compiler-compact-no-stream",
                "LLMCompiler, compact, not streaming",
                True,
                {"prompt_style": "compact", "stream": False},
            ),
            System("parallel-tools", "parallel function calling", False, {"parallel_tool_calls": True}),
            System("react", "ReAct", False, {"parallel_tool_calls": False}),
            System("react-text", "ReAct, prompted with text", False, {"style": "text"}),
            System("react-dagger", "ReAct†, prompted with text", False, {"style": "text"}, guarded=True),
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
