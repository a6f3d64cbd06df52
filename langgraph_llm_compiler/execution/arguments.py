"""The arguments of tasks as planned: parameter names from the tools' signatures, and the size of `.map` lists."""

from collections.abc import Mapping
from typing import Any

from langgraph_llm_compiler.errors import PlanError
from langgraph_llm_compiler.execution.maps import TOO_MANY, argument_of
from langgraph_llm_compiler.execution.records import as_written
from langgraph_llm_compiler.execution.scheduled import MapRun, ScheduledTask
from langgraph_llm_compiler.execution.signature import Signature
from langgraph_llm_compiler.plan.task import Reference


class Arguments:
    """Gives planned arguments the names of their parameters, in the task and in its record, and checks them.

    Args:
        signatures: Signatures of the tools, by name.
        max_map_size: How many elements a `.map` task may have, or None.
    """

    def __init__(self, signatures: Mapping[str, Signature], max_map_size: int | None) -> None:
        self._signatures, self._max_map_size = signatures, max_map_size

    def fill(self, scheduled: ScheduledTask) -> PlanError | None:
        """Name the arguments of a task of the plan; gives what is wrong with them, if anything is.

        Those of a tool or parameter that is not known are named by position.
        """
        task = scheduled.task
        signature = self._signatures.get(task.tool)
        if task.is_map and signature is not None:
            return self._fill_map(scheduled, signature)
        error: PlanError | None = None
        scheduled.arguments = {**{str(k): value for k, value in enumerate(task.args)}, **task.kwargs}
        if signature is not None:
            try:
                scheduled.arguments = signature.named(task.args, task.kwargs)
            except PlanError as wrong:
                error = wrong
        _note(scheduled)
        return error

    def fill_element(self, element: ScheduledTask, value: Any, parameter: str | None) -> PlanError | None:
        """Name the arguments of a call of a `.map` task; gives what is wrong with them, if anything is.

        Args:
            element: The call.
            value: The element of the list.
            parameter: The parameter that every element is for, if the plan names one.
        """
        error: PlanError | None = None
        try:
            signature = self._signatures[element.task.tool]
            element.arguments = signature.of_element(value) if parameter is None else {parameter: value}
        except PlanError as wrong:
            element.arguments, error = {"0": value}, wrong
        _note(element)
        return error

    def fits(self, elements: int) -> bool:
        """Whether a `.map` task may have so many elements."""
        return self._max_map_size is None or elements <= self._max_map_size

    def check_size(self, elements: int) -> None:
        """Check that a `.map` task may have so many elements.

        Raises:
            PlanError: It may not.
        """
        if not self.fits(elements):
            raise PlanError(TOO_MANY.format(limit=self._max_map_size))

    def _fill_map(self, scheduled: ScheduledTask, signature: Signature) -> PlanError | None:
        run = scheduled.map or MapRun(scheduled)
        try:
            given, run.parameter = argument_of(scheduled.task, signature)
            scheduled.arguments = {"elements": given}
            _note(scheduled)
            if not isinstance(given, Reference):
                self.check_size(len(given))
        except PlanError as error:
            return error
        return None


def _note(scheduled: ScheduledTask) -> None:
    written = {name: as_written(value) for name, value in scheduled.arguments.items()}
    scheduled.record["args"] = written
    if all(value is written[name] for name, value in scheduled.arguments.items()):
        scheduled.arguments = written  # an object fewer for the garbage collector, in plans of thousands
