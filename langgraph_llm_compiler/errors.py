"""Everything this package raises on purpose.

A tool's failure is data, an observation with status `error`, and is never raised. What stands here is raised, or
carried by a task of a plan (`Task.error`) until it becomes that task's error observation.
"""

from collections.abc import Iterable


class LLMCompilerError(Exception):
    """Base of every error of this package."""


class ConfigurationError(LLMCompilerError, ValueError):
    """Arguments with which no graph, model or benchmark can be built; the message says what to change."""


class PlanError(LLMCompilerError):
    """Something in a plan that a reader could not make sense of.

    Two of them are equal if they say the same, so that tasks that carry them can be compared.
    """

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, PlanError) and self.args == other.args

    def __hash__(self) -> int:
        return hash((type(self), self.args))


class PlanParseError(PlanError):
    """The arguments of a task cannot be read.

    Attributes:
        line: 1-based line of the plan on which the task starts.
        text: The text that could not be read.
        reason: What is wrong with it.
    """

    def __init__(self, line: int, text: str, reason: str = "its arguments cannot be read") -> None:
        super().__init__(f'line {line} of the plan, {text!r}: {reason}; write it as `1. tool("text", key=2)`')
        self.line: int = line
        self.text: str = text
        self.reason: str = reason


class UnknownToolError(PlanError):
    """A task names a tool that does not exist.

    Attributes:
        name: The tool the plan asks for.
        available: Names of the tools there are.
    """

    def __init__(self, name: str, available: Iterable[str]) -> None:
        self.name: str = name
        self.available: tuple[str, ...] = tuple(sorted(available))
        super().__init__(f"there is no tool {name!r}; the tools are: {', '.join(self.available) or 'none'}")


class UndefinedReferenceError(PlanError):
    """A task refers to itself, to a later task, or to one that does not exist.

    Attributes:
        task_id: Id of the task that holds the reference.
        reference: The reference as written, `$7`.
    """

    def __init__(self, task_id: int, reference: str) -> None:
        super().__init__(f"task {task_id} refers to {reference!r}, but no earlier task has that id")
        self.task_id: int = task_id
        self.reference: str = reference


class ReferencePathError(PlanError):
    """A reference leads to nothing in the observation that it refers to; raised when arguments are resolved.

    Attributes:
        reference: The reference as written, `$1.heigth`.
        reason: What there is instead.
    """

    def __init__(self, reference: str, reason: str) -> None:
        super().__init__(f"{reference!r} leads to nothing: {reason}")
        self.reference: str = reference
        self.reason: str = reason


class DuplicateTaskError(PlanError):
    """Two tasks of a plan carry the same id; the first one keeps it.

    Attributes:
        task_id: The id that stands twice.
    """

    def __init__(self, task_id: int) -> None:
        super().__init__(f"there already is a task {task_id}; give every task an id of its own")
        self.task_id: int = task_id


class DependencyCycleError(PlanError):
    """Tasks that wait for each other.

    Attributes:
        task_ids: Ids of the tasks in the cycle.
    """

    def __init__(self, task_ids: Iterable[int]) -> None:
        self.task_ids: tuple[int, ...] = tuple(task_ids)
        super().__init__(f"tasks {', '.join(map(str, self.task_ids))} wait for each other; none of them can start")


class ModelError(LLMCompilerError):
    """A model call failed; what the model's client raised is the cause.

    Attributes:
        endpoint: Name and address of the model that was asked, as far as they are known.
        cause: What its client raised; also the `__cause__`.
    """

    def __init__(self, endpoint: str, cause: BaseException) -> None:
        detail = f"{type(cause).__name__}: {cause}".rstrip(":. ")
        super().__init__(f"the model {endpoint} failed: {detail}. Check the model's name, its address and its key.")
        self.endpoint: str = endpoint
        self.cause: BaseException = cause
        self.__cause__: BaseException | None = cause


class PlannerError(ModelError):
    """The planner's model call failed, or its stream broke; running tool calls were cancelled."""


class JoinerOutputError(LLMCompilerError):
    """The joiner gave no usable decision, although it was asked twice.

    Attributes:
        text: What the joiner's model replied last.
    """

    def __init__(self, text: str, wanted: str = "`Action: Finish(answer)` or `Action: Replan(feedback)`") -> None:
        super().__init__(f"asked twice for {wanted}, the joiner replied {text!r}; a stronger joiner_model may help")
        self.text: str = text
