"""What a benchmark consists of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool

from langgraph_llm_compiler.simulator.script import ScriptedQuestion

__all__ = ["Question", "Scorer", "Suite", "ToolFactory"]

Scorer = Callable[[object, object], bool]
"""Whether an answer is right: `(label, answer) -> bool`."""


class ToolFactory(Protocol):
    """Makes a suite's tools."""

    def __call__(self, model: BaseChatModel | None, *, tool_latency: float = 0.5, seed: int = 0) -> list[BaseTool]:
        """Makes the tools.

        Args:
            model: For tools that ask a model themselves.
            tool_latency: Median seconds that a tool takes for what would be a call over the network; 0 for none.
            seed: Chooses which call takes how long.
        """
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a suite.

    Attributes:
        id: Its name in results.
        question: Its text.
        answer: The label.
        branch: How many independent look-ups it needs, as in ParallelQA.
        kind: What kind of question it is; `""` if the suite has only one kind.
        history: The conversation before it: `(role, text)` of each turn, roles `"user"` and `"assistant"`.
    """

    id: str
    question: str
    answer: str
    branch: int = 1
    kind: str = ""
    history: tuple[tuple[str, str], ...] = ()

    @property
    def messages(self) -> list[tuple[str, str]]:
        """The conversation up to the question, as a graph takes it.

        Example:
            >>> before = (("user", "How high is Everest?"), ("assistant", "8849"))
            >>> Question("1", "And K2?", "8611", history=before).messages
            [('user', 'How high is Everest?'), ('assistant', '8849'), ('user', 'And K2?')]
        """
        return [*self.history, ("user", self.question)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A benchmark: questions, tools, and what planner and joiner are told about them.

    Attributes:
        name: What the command line calls it.
        description: What is in it, and where it comes from.
        questions: Its questions.
        make_tools: Makes its tools.
        scorer: Decides whether an answer is right.
        max_replans: How many replans a question may need.
        examples: Worked examples for the planner's prompt, each a question with its plan.
        react_examples: The same for a text ReAct prompt.
        joiner_guidance: In what form answers are wanted; `""` if any will do.
        script: How the simulator plays the questions; empty if it cannot.
    """

    name: str
    description: str
    questions: Sequence[Question]
    make_tools: ToolFactory
    scorer: Scorer
    max_replans: int = 2
    examples: Sequence[str] = ()
    react_examples: Sequence[str] = ()
    joiner_guidance: str = ""
    script: Sequence[ScriptedQuestion] = field(default=())
