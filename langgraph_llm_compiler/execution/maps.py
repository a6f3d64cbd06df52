"""What a `.map` task goes through: a list that the plan has written, or one that an earlier task gave."""

from typing import Any

from langgraph_llm_compiler.errors import PlanError
from langgraph_llm_compiler.execution.signature import Signature
from langgraph_llm_compiler.plan.reference import items_of
from langgraph_llm_compiler.plan.task import Reference, Task

TAKES_A_LIST = (
    '`.map` takes one list, of a value for each call, as in {tool}.map(["a", "b"]), or a reference to one, as in '
    "{tool}.map($1)"
)
NO_LIST = "{reference} is no list, so `.map` has nothing to go through; it begins {text}"
TOO_MANY = "the list has more than max_map_size={limit} elements; none but the first were run"
_EXCERPT = 80


def argument_of(task: Task, signature: Signature) -> tuple[Any, str | None]:
    """The list of a `.map` task, or the reference to one, and the parameter it names for the elements.

    Raises:
        PlanError: It has other arguments.
    """
    values = [*task.args, *task.kwargs.values()]
    if len(values) != 1 or not isinstance(values[0], (list, tuple, Reference)):
        raise PlanError(TAKES_A_LIST.format(tool=task.tool))
    parameter = next(iter(task.kwargs), None)
    return values[0], parameter if parameter in signature.parameters else None


def referred_elements(reference: Reference, observation: Any) -> list[Reference]:
    """The elements of a list that an earlier task gave, as references: text in it is never read for references.

    Raises:
        PlanError: It gave no list.
    """
    items = items_of(observation)
    if items is None:
        text = repr(observation)
        raise PlanError(NO_LIST.format(reference=reference, text=text[:_EXCERPT]))
    return [Reference(reference.id, (*reference.path, place)) for place in range(len(items))]
