"""What tasks wait for: other tasks of the plan, or single elements of a `.map` task."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from langgraph_llm_compiler.errors import PlanError, UndefinedReferenceError
from langgraph_llm_compiler.execution.records import text_of
from langgraph_llm_compiler.execution.scheduled import MapRun, ScheduledTask
from langgraph_llm_compiler.plan.reference import parts_in
from langgraph_llm_compiler.plan.task import Reference
from langgraph_llm_compiler.state import TaskRecord


class Needs:
    """Who waits for whom in one plan.

    Args:
        earlier: Records of earlier rounds; their observations can be referred to.

    Attributes:
        by_id: The tasks of the plan by id; the first keeps an id that stands twice.
    """

    def __init__(self, earlier: Sequence[TaskRecord]) -> None:
        self.by_id: dict[int, ScheduledTask] = {}
        self._earlier = {record["id"]: record for record in earlier}
        # by the task, or the element of one, that is waited for
        self._waiting: dict[tuple[int, int | None], list[ScheduledTask]] = defaultdict(list)

    def connect(self, scheduled: ScheduledTask) -> PlanError | None:
        """Note what a task needs, and count what of it has not ended; an error if there is no such task."""
        needs = scheduled.task.dependencies
        if unknown := [each for each in needs if each not in self.by_id and each not in self._earlier]:
            return UndefinedReferenceError(scheduled.task.id, f"${min(unknown)}")
        if needs:
            scheduled.needs = {each: self._record(each) for each in sorted(needs)}
        for dependency in scheduled.needs:
            needed = self.by_id.get(dependency)
            if needed is not None and needed.map is not None:
                self._await_parts(scheduled, needed.map)
            elif needed is not None and needed.outcome is None:
                self._await(scheduled, dependency, None)
        return None

    def released_by(self, ended: ScheduledTask) -> list[ScheduledTask]:
        """Those for which this was the last that they waited for."""
        task = ended if ended.map is None else ended.map.whole
        if self.by_id.get(ended.task.id, task) is not task:
            return []
        return _released(self._waiting.pop((ended.task.id, ended.element), []))

    def close(self, run: MapRun) -> list[ScheduledTask]:
        """No further element can come; those that waited for nothing but to know how many there are."""
        run.is_closed = True
        task_id = run.whole.task.id
        for part in [each for each in run.awaited if each >= len(run.elements)]:
            # no such element: its error, or the text around it, needs the whole list
            self._waiting[task_id, None] += self._waiting.pop((task_id, part), [])
        followers, run.followers = run.followers, []
        return _released(followers)

    def unmet(self, scheduled: ScheduledTask) -> str | None:
        """Why a task cannot run: it needs what gave no result."""
        for dependency, needed in scheduled.needs.items():
            for name, record in _needed(scheduled, dependency, needed):
                if record["status"] != "ok":
                    # a skipped one's own reason is left out: in a long chain they would add up to megabytes
                    why = "skipped too" if record["status"] == "skipped" else text_of(record)
                    return f"it needs {name}, which has no result ({why})"
        return None

    def _record(self, task_id: int) -> TaskRecord:
        needed = self.by_id.get(task_id)
        return self._earlier[task_id] if needed is None else needed.record

    def _await(self, scheduled: ScheduledTask, task_id: int, part: int | None) -> None:
        scheduled.missing += 1
        self._waiting[task_id, part].append(scheduled)

    def _await_parts(self, scheduled: ScheduledTask, run: MapRun) -> None:
        """Let a task wait for just those elements of a `.map` task that it needs."""
        if _follows(scheduled, run.whole.task.id):
            if not run.is_closed:
                scheduled.missing += 1
                run.followers.append(scheduled)
            return
        for part in _parts(scheduled, run.whole.task.id):
            awaited = run.whole if part is None else run.elements[part] if part < len(run.elements) else None
            if awaited is None and run.is_closed:  # never: then it is the whole list that is waited for
                awaited, part = run.whole, None
            elif awaited is None and part is not None:
                run.awaited.add(part)
            if awaited is None or awaited.outcome is None:
                self._await(scheduled, run.whole.task.id, part)


def _released(waiting: Sequence[ScheduledTask]) -> list[ScheduledTask]:
    for each in waiting:
        each.missing -= 1
    return [each for each in waiting if each.missing == 0]


def _follows(scheduled: ScheduledTask, task_id: int) -> bool:
    """Whether this is a `.map` over all of that task's observation: each of its elements then needs one of theirs."""
    given = scheduled.arguments.get("elements") if scheduled.is_whole else None
    return isinstance(given, Reference) and not given.path and given.id == task_id


def _parts(scheduled: ScheduledTask, dependency: int) -> set[int | None]:
    parts = parts_in(scheduled.arguments).get(dependency, {None})
    return {None} if None in parts else parts


def _needed(scheduled: ScheduledTask, dependency: int, needed: TaskRecord) -> Iterator[tuple[str, TaskRecord]]:
    """What a task needs of another one: its record, or those of single elements."""
    elements = needed.get("elements")
    if not elements:
        yield f"${dependency}", needed
    elif not _follows(scheduled, dependency):
        parts = sorted(part for part in _parts(scheduled, dependency) if part is not None)
        is_whole = not parts or parts[-1] >= len(elements)
        yield from [(f"${dependency}", needed)] if is_whole else [(f"${dependency}[{k}]", elements[k]) for k in parts]
