"""What a plan consists of: tasks, references between them, and how it ends."""

from dataclasses import dataclass, field
from typing import Any, Literal

from langgraph_llm_compiler.errors import PlanError


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in an argument where the observation of an earlier task goes.

    Attributes:
        id: Id of the task referred to.
        path: Keys and indices into its observation: `$1.a[0]` has `("a", 0)`.
        text: The reference as it was written, quotes aside.
    """

    id: int
    path: tuple[str | int, ...] = ()
    text: str = ""

    def __str__(self) -> str:
        if self.text:
            return self.text
        steps = (f".{step}" if isinstance(step, str) and step.isidentifier() else f"[{step!r}]" for step in self.path)
        return f"${self.id}{''.join(steps)}"


@dataclass(frozen=True, slots=True)
class Task:
    """One numbered tool call of a plan.

    Attributes:
        id: The task's number, as written.
        tool: Name of the tool, as written (without a `.map` suffix).
        args: Positional arguments. A value that is only a reference is a `Reference`; inside longer text it stays text.
        kwargs: Keyword arguments, likewise.
        dependencies: Ids of the earlier tasks whose observations the arguments need.
        thought: Text of the `Thought:` lines before the task.
        error: What is wrong with the task; it is then not run, and the error is its observation.
        is_map: Whether it was written `tool.map(...)`: one call per element of its only argument.
    """

    id: int
    tool: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    dependencies: frozenset[int] = frozenset()
    thought: str | None = None
    error: PlanError | None = None
    is_map: bool = False


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a `.map` task, as it was written.

    Attributes:
        value: The argument; a tuple holds several by position, a dict several by name.
        dependencies: Ids of the earlier tasks whose observations it needs.
    """

    value: Any
    dependencies: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class BegunMap:
    """Elements of a `.map` task that have arrived while its line is still being written.

    Attributes:
        id: The task's number.
        tool: Name of the tool.
        elements: The elements that have arrived since the last time, in order.
        thought: Text of the `Thought:` lines before the task.
    """

    id: int
    tool: str
    elements: tuple[Element, ...]
    thought: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """The line that ends a plan: `join()`, or `answer(...)` with the reply in its arguments.

    Attributes:
        name: Which of the two.
        args: Positional arguments, as those of a task.
        kwargs: Keyword arguments, likewise.
        dependencies: Ids of the earlier tasks whose observations the arguments need.
        error: What is wrong with the arguments of an `answer`; then only the joiner can answer.
    """

    name: Literal["join", "answer"]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    dependencies: frozenset[int] = frozenset()
    error: PlanError | None = None
