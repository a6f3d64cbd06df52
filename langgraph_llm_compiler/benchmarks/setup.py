"""Everything that a run's graph is built from, as plain data: it can be compared, stored and sent to workers."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool

from langgraph_llm_compiler.benchmarks.constrained import constrained
from langgraph_llm_compiler.benchmarks.own import find_suite
from langgraph_llm_compiler.benchmarks.suite import Baseline, Suite, ToolSettings
from langgraph_llm_compiler.benchmarks.systems import Advice, Graph, Prompts, find_system
from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.models import ModelSpec, build_model
from langgraph_llm_compiler.prompts.families import family
from langgraph_llm_compiler.tools.search import SearchBackend
from langgraph_llm_compiler.tools.wikipedia import URL, Wikipedia

TREE_OF_THOUGHTS = "tot"
"""The system that is a suite's own baseline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSource:
    """Where `search` looks things up.

    Attributes:
        kind: The suite's bundled passages, or Wikipedia.
        url: Address of the MediaWiki API, if not that of the English Wikipedia.
        cache: File in which pages are kept.
        offline: Whether only that file may be used.
    """

    kind: Literal["bundled", "wikipedia"] = "bundled"
    url: str | None = None
    cache: str | None = None
    offline: bool = False

    def backend(self) -> SearchBackend | None:
        """The back end; `None` for the bundled passages.

        Raises:
            ConfigurationError: The cache cannot be used.
        """
        if self.kind == "bundled":
            return None
        return Wikipedia(
            self.url or URL, cache=Path(self.cache) if self.cache else None, offline=self.offline
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Everything that a run's graph is built from.

    Attributes:
        benchmark: Name of a suite, or path of a benchmark's folder.
        system: Name of a system in `systems.SYSTEMS`, or `"tot"` for the suite's own baseline.
        model: The model.
        joiner: The joiner's model, if it has one of its own.
        family: Which wording prompts have: `"chat"` or `"completion"`.
        constrain_plan: Whether the planner's model is sent a grammar, so that it can write nothing but plans.
        search: Where `search` looks things up.
        tool_latency: Median seconds of a search of bundled passages.
        seed: Seed of those latencies.
    """

    benchmark: str
    system: str
    model: ModelSpec
    joiner: ModelSpec | None = None
    family: str = "chat"
    constrain_plan: bool = False
    search: SearchSource = field(default_factory=SearchSource)
    tool_latency: float = 0.5
    seed: int = 0

    @property
    def planned(self) -> bool:
        """Whether the system is an LLMCompiler."""
        return self.system != TREE_OF_THOUGHTS and find_system(self.system).planned

    @property
    def title(self) -> str:
        """What tables call the system."""
        return "Tree of Thoughts, sequential" if self.system == TREE_OF_THOUGHTS else find_system(self.system).title

    def suite(self) -> Suite:
        """Load the suite.

        Raises:
            ConfigurationError: There is none of that name, or the folder holds none.
        """
        return find_suite(self.benchmark)

    def build(self) -> Graph:
        """Build the graph.

        Raises:
            ConfigurationError: Something in the setup cannot be used.
        """
        suite, wording = self.suite(), family(self.family)
        prompts = suite.prompts.get(self.family, suite.prompts["chat"])
        model = build_model(replace(self.model, stop=wording.stop))
        tools = suite.make_tools(model, self._tool_settings(prompts))
        if self.system == TREE_OF_THOUGHTS:
            return _own_baseline(suite)(model, tools)
        system = find_system(self.system)
        return system.build(
            self._planner(model, tools, suite) if system.planned else model,
            tools,
            Advice(prompts=prompts, family=self.family, max_replans=suite.max_replans),
            joiner_model=self._joiner(model) if system.planned else None,
        )

    def _tool_settings(self, prompts: Prompts) -> ToolSettings:
        return ToolSettings(
            tool_latency=self.tool_latency,
            seed=self.seed,
            backend=self.search.backend(),
            char_limit=prompts.char_limit,
            one_sentence=prompts.one_sentence,
        )

    def _planner(self, model: BaseChatModel, tools: Sequence[BaseTool], suite: Suite) -> BaseChatModel:
        """The planner's model; under a grammar it is another client than that of joiner and tools."""
        if not self.constrain_plan:
            return model
        if self.model.type != "vllm":
            raise ConfigurationError("--constrain-plan is for vLLM, which takes a grammar: add --model-type vllm")
        style = find_system(self.system).options.get("prompt_style", "paper")
        grammar = constrained(tools, replans=suite.max_replans > 0, style=style)
        return build_model(replace(self.model, stop=family(self.family).stop), extra_body=grammar)

    def _joiner(self, model: BaseChatModel) -> BaseChatModel:
        return model if self.joiner is None else build_model(replace(self.joiner, stop=family(self.family).stop))


def _own_baseline(suite: Suite) -> Baseline:
    if suite.baseline is None:
        raise ConfigurationError(f"the benchmark {suite.name!r} has no Tree of Thoughts; --tot is for gameof24")
    return suite.baseline
