"""The task fetching unit (paper, section 3.2): starts each task the moment everything it needs is there."""

import asyncio
import contextvars
import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_config

from langgraph_llm_compiler.errors import DependencyCycleError, PlanError, UnknownToolError
from langgraph_llm_compiler.execution.approvals import Asks
from langgraph_llm_compiler.execution.arguments import Arguments
from langgraph_llm_compiler.execution.calls import ToolCaller
from langgraph_llm_compiler.execution.durable import Journal
from langgraph_llm_compiler.execution.events import Emit, task_event
from langgraph_llm_compiler.execution.maps import referred_elements
from langgraph_llm_compiler.execution.needs import Needs
from langgraph_llm_compiler.execution.reads import ReadCache, SharedReads
from langgraph_llm_compiler.execution.records import Outcome, as_written, planned_record, text_of
from langgraph_llm_compiler.execution.running import CallRunner
from langgraph_llm_compiler.execution.scheduled import MapRun, ScheduledTask
from langgraph_llm_compiler.plan.reference import references_in, resolve
from langgraph_llm_compiler.plan.task import BegunMap, Ending, Reference, Task
from langgraph_llm_compiler.state import TaskRecord

NOT_NEEDED = "the answer did not need it any more"


class TaskFetchingUnit:
    """Runs the tasks of one plan as data flow, driven by completions alone.

    A task starts when its own dependencies have ended, whatever else runs or is still being planned. A failed task
    skips those that hang on it; all others go on. A `.map` task is one task, with a call for each element.

    Args:
        caller: Calls the tools.
        state: The graph's state, which tools may have injected.
        config: Config of the node on whose behalf they are called.
        round_: Round of the plan.
        earlier: Records of earlier rounds; their observations can be referred to.
        limit: How many calls may run at once, or None.
        journal: Keeps finished calls.
        approved_tools: Tools whose calls a person has to approve.
        asks: Whether a person is asked about that call of one of these tools; by default, about each.
        decisions: Decisions made so far, by the call's key.
        emit: Takes events, or None if nobody listens.
        max_tasks: How many tasks a plan may have.
        max_map_size: How many elements a `.map` task may have.
        reads: Keeps results of calls that only read, over rounds and runs.
        turn: Which of the conversation's turns with calls this is, from 1; ids of tool calls are unique over them.
    """

    def __init__(
        self,
        caller: ToolCaller,
        state: Mapping[str, Any],
        config: RunnableConfig,
        *,
        round_: int = 1,
        earlier: Sequence[TaskRecord] = (),
        limit: int | None = None,
        journal: Journal | None = None,
        approved_tools: Sequence[str] = (),
        asks: Asks = lambda call: True,
        decisions: Mapping[str, Mapping[str, Any]] | None = None,
        emit: Emit | None = None,
        max_tasks: int | None = None,
        max_map_size: int | None = None,
        reads: ReadCache | None = None,
        turn: int = 1,
    ) -> None:
        self.tasks: list[ScheduledTask] = []
        self.answer: ScheduledTask | None = None
        self.on_answer: Callable[[Any], None] = lambda value: None
        self.held: list[ScheduledTask] = []
        self.serial: list[ScheduledTask] = []
        self._caller = caller
        self._round, self._turn = round_, turn
        self._journal, self._emit, self._max_tasks = journal or Journal(), emit, max_tasks
        self._approved_tools, self._asks, self._decisions = frozenset(approved_tools), asks, dict(decisions or {})
        self._needs = Needs(earlier)
        self._begun: MapRun | None = None
        self._arguments = Arguments(caller.signatures, max_map_size)
        self._reads = SharedReads(earlier, self._journal.recorded_calls)
        self._endings: deque[tuple[ScheduledTask, Outcome]] = deque()
        self._is_ending = False
        self._runner = CallRunner(
            caller,
            state,
            config,
            limit=limit,
            cache=reads,
            approved_tools=self._approved_tools,
            on_start=self._note_start,
            on_end=self._note_end,
        )

    def add(self, task: Task, planned_at: float | None = None, call_id: str | None = None) -> None:
        """Take a task of the plan, in plan order, and start it if it can start.

        Args:
            task: The task.
            planned_at: When it was planned, in Unix seconds; now, by default.
            call_id: Id of its tool call; by default made of round and task id, `r1_t3`.

        Raises:
            BaseException: What a call before it failed with, as from `settled`.
        """
        if self._runner.failure is not None:
            raise self._runner.failure
        begun, self._begun = self._begun, None
        if begun is not None and begun.whole.task.id == task.id and task.is_map:
            scheduled = begun.whole
            scheduled.task, scheduled.record["dependencies"] = task, sorted(task.dependencies)
        else:
            scheduled = self._scheduled(task, planned_at, call_id)
        error = self._prepare(scheduled)
        self._needs.by_id.setdefault(task.id, scheduled)
        if begun is None or scheduled is not begun.whole:
            self._tell("task_planned", scheduled)
        if error is not None:
            self._end(scheduled, Outcome(status="error", error=str(error)))
        elif scheduled.is_whole and not isinstance(scheduled.arguments["elements"], Reference):
            self._add_elements(scheduled, scheduled.arguments["elements"])
        elif scheduled.missing == 0:
            self._unblock(scheduled)
        self._runner.start()

    def begin(self, begun: BegunMap, planned_at: float | None = None) -> None:
        """Start elements of a `.map` task whose line is still being written; `add` brings the task itself.

        Args:
            begun: The task, and elements that have arrived since the last time.
            planned_at: When they were planned, in Unix seconds; now, by default.
        """
        if self._begun is None or self._begun.whole.task.id != begun.id:
            task = Task(begun.id, begun.tool, thought=begun.thought, is_map=True)
            if begun.id in self._needs.by_id or self._problem(task, more=1):
                return  # the whole task will say so
            scheduled = self._scheduled(task, planned_at)
            scheduled.record["args"] = {"elements": []}
            self._begun = MapRun(scheduled)
            self._tell("task_planned", scheduled)
        for element in begun.elements:
            if self._arguments.fits(len(self._begun.elements) + 1):
                self._begun.whole.record["args"]["elements"].append(as_written(element.value))
                self._add_element(self._begun, element.value, element.dependencies)
        self._runner.start()

    def finish(self, ending: Ending) -> None:
        """Take the plan's `answer(...)`: `answer` has an outcome once what it needs has ended.

        From then on, calls of tools that only read are cancelled, unless calls that go on need them.
        """
        task = Task(0, ending.name, ending.args, ending.kwargs, ending.dependencies, error=ending.error)
        self.answer = scheduled = ScheduledTask(task, len(self.tasks), "", planned_record(task, self._round, 0.0))
        scheduled.arguments = {"args": ending.args, "kwargs": ending.kwargs}
        if error := task.error or self._connect(scheduled):
            self._end(scheduled, Outcome(status="error", error=str(error)))
        elif scheduled.missing == 0:
            self._unblock(scheduled)
        self._runner.start()

    def _scheduled(self, task: Task, planned_at: float | None, call_id: str | None = None) -> ScheduledTask:
        record = planned_record(task, self._round, time.time() if planned_at is None else planned_at)
        scheduled = ScheduledTask(task, len(self.tasks), call_id or self._call_id(task.id), record)
        self.tasks.append(scheduled)
        return scheduled

    async def settled(self) -> None:
        """Return once nothing moves by itself: no call runs or is about to. What is left waits for a person.

        Raises:
            BaseException: A signal of LangGraph's, or a bug, that came out of a call.
        """
        await self._runner.settled()

    def end_waiting(self) -> bool:
        """Fail tasks that wait for each other, as only tasks that no parser has checked can; whether there were any."""
        waiting = [each for each in self._all() if each.outcome is None]
        if not waiting:
            return False
        error = str(DependencyCycleError(each.task.id for each in waiting))
        for each in waiting:
            if each.outcome is None:
                self._end(each, Outcome(status="error", error=error))
        return True

    def decide(self, decisions: Mapping[str, Mapping[str, Any]]) -> None:
        """Go on with held calls on which a person has decided."""
        self._decisions |= decisions
        held, self.held = self.held, []
        for each in held:
            self._enqueue(each)
        self._runner.start()

    async def run_serially(self) -> None:
        """Run the first of the calls that interrupt the graph themselves."""
        self.serial.sort(key=lambda each: each.order)
        first, here = self.serial.pop(0), contextvars.copy_context()

        async def call() -> dict[str, Any]:
            self._note_start(first)
            # the config of the journal's link, so that interrupt() finds the answers to this call and no other; the
            # context of the executor, so that a trace shows the call as the executor's and not as the journal's
            calling = self._runner.call(first, get_config())
            return first.recorded(await asyncio.get_running_loop().create_task(calling, context=here))

        self._end(first, first.recalled(await self._journal.run(first.key, call)))
        self._runner.start()

    async def stop(self) -> None:
        """Start nothing more, cancel what runs, and wait until it has ended."""
        await self._runner.stop()

    async def cancel(self) -> None:
        """Stop, and note all that has not ended as cancelled."""
        called = await self._runner.stop()
        for each in self._all():
            if each.outcome is None:
                self._close(each, Outcome(status="cancelled", error="the run was cancelled"))
        for each in called:
            if each.key and each.outcome is not None:
                self._journal.record(each.key, each.recorded(each.outcome))

    def release(self) -> None:
        """Drop what refers back to it, now that all has ended well and nobody asks for `calls` any more.

        So what a plan of thousands of tasks held is freed at once, not when the garbage collector comes by.
        """
        self.on_answer = lambda value: None
        self._runner.release()
        for each in self._all():
            each.map = None

    @property
    def records(self) -> list[TaskRecord]:
        """Records of all tasks of this plan, in plan order."""
        return [each.record for each in self.tasks]

    @property
    def calls(self) -> list[ScheduledTask]:
        """Everything that is a tool call, in plan order: elements in place of the `.map` task that has them."""
        return [each for each in self._all() if not each.is_whole or (each.map and not each.map.elements)]

    def _all(self) -> Iterator[ScheduledTask]:
        """All tasks, the elements of each before it."""
        for each in self.tasks:
            if each.is_whole and each.map:
                yield from each.map.elements
            yield each

    def _call_id(self, task_id: int) -> str:
        call_id = f"r{self._round}_t{task_id}" + (f"_q{self._turn}" if self._turn > 1 else "")
        return f"{call_id}_{len(self.tasks)}" if task_id in self._needs.by_id else call_id

    def _prepare(self, scheduled: ScheduledTask) -> PlanError | None:
        """Name the arguments and count what the task waits for; gives what is wrong with it, if anything is."""
        wrong = self._arguments.fill(scheduled)
        if problem := self._problem(scheduled.task) or wrong:
            return problem
        if not scheduled.is_whole or isinstance(scheduled.arguments["elements"], Reference):
            return self._connect(scheduled)
        if self._journal.is_durable:  # each element of a list is connected by itself
            scheduled.key = self._journal_key(scheduled)
        return None

    def _problem(self, task: Task, *, more: int = 0) -> PlanError | None:
        if self._max_tasks is not None and len(self.tasks) + more > self._max_tasks:
            return PlanError(f"the plan has more than max_tasks={self._max_tasks} tasks; this one was not run")
        if task.error is None and task.tool not in self._caller.signatures:
            return UnknownToolError(task.tool, self._caller.signatures)
        return task.error

    def _connect(self, scheduled: ScheduledTask) -> PlanError | None:
        error = self._needs.connect(scheduled)
        if error is None and self._journal.is_durable:
            scheduled.key = self._journal_key(scheduled)
        return error

    def _add_elements(self, scheduled: ScheduledTask, values: Iterable[Any]) -> None:
        """Add those elements that are not there yet, and close the `.map` task: no other can come."""
        run, known = scheduled.map, scheduled.task.dependencies
        if run is None:
            raise AssertionError("only a `.map` task has elements")
        for value in list(values)[len(run.elements) :]:
            self._add_element(run, value, references_in(value, known))
        self._close_map(run)
        if run.left == 0 and scheduled.outcome is None:
            self._end(scheduled, run.outcome())

    def _close_map(self, run: MapRun) -> None:
        for each in self._needs.close(run):
            self._unblock(each)

    def _add_element(self, run: MapRun, value: Any, dependencies: frozenset[int]) -> None:
        whole = run.whole
        task = Task(whole.task.id, whole.task.tool, dependencies=dependencies)
        call_id = f"{whole.call_id}_e{len(run.elements)}"
        record = planned_record(task, self._round, time.time())
        element = ScheduledTask(task, whole.place, call_id, record)
        run.add(element)
        error = self._arguments.fill_element(element, value, run.parameter) or self._connect(element)
        self._tell("task_planned", element)
        if error is not None:
            self._end(element, Outcome(status="error", error=str(error)))
        elif element.missing == 0:
            self._unblock(element)

    def _journal_key(self, scheduled: ScheduledTask) -> str:
        """A hash of the call with the keys of what it needs, so that another plan never meets its result."""
        keys = [self._needs.by_id[each].key for each in scheduled.record["dependencies"] if each in self._needs.by_id]
        text = json.dumps([scheduled.call_id, scheduled.record["tool"], scheduled.record["args"], keys], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _unblock(self, scheduled: ScheduledTask) -> None:
        """All dependencies have ended: skip the task, recall its result, or let it run."""
        if scheduled.outcome is not None:
            return None
        if (reason := self._needs.unmet(scheduled)) is not None:
            return self._end(scheduled, Outcome(status="skipped", error=f"skipped: {reason}"))
        try:
            # no other task's result is offered: inside a text, `$N` for a task that this one does not need is a price
            observations = {each: needed["observation"] for each, needed in scheduled.needs.items()}
            if scheduled is self.answer:
                return self._end(scheduled, Outcome(resolve(scheduled.arguments, observations)))
            signature = self._caller.signatures[scheduled.task.tool]
            if scheduled.is_whole:
                return self._add_elements(scheduled, self._referred(scheduled, observations))
            is_bare = scheduled.map is not None and scheduled.map.parameter is None
            given = signature.spread(scheduled.arguments, observations) if is_bare else scheduled.arguments
            scheduled.record["resolved"] = signature.resolved(given, observations)
        except PlanError as error:
            return self._end(scheduled, Outcome(status="error", error=str(error)))
        return self._recall_or_enqueue(scheduled)

    def _recall_or_enqueue(self, scheduled: ScheduledTask) -> None:
        """End the task with what an earlier attempt or an equal call gave, else let it run."""
        recorded = self._journal.entries.get(scheduled.key) if scheduled.key else None
        if recorded is not None and recorded["status"] != "cancelled":
            return self._end(scheduled, scheduled.recalled(recorded))
        tool = scheduled.record["tool"]
        if self._caller.policy(tool).read_only and tool not in self._approved_tools:
            if isinstance(shared := self._reads.shared(scheduled), Outcome):
                self._keep(scheduled, shared)
                return self._end(scheduled, shared)
            if shared:
                return None
        return self._enqueue(scheduled)

    def _referred(self, scheduled: ScheduledTask, observations: Mapping[int, Any]) -> list[Reference]:
        """The elements of a `.map` over what an earlier task gave."""
        given: Reference = scheduled.arguments["elements"]
        elements = referred_elements(given, resolve(given, observations))
        self._arguments.check_size(len(elements))
        return elements

    def _enqueue(self, scheduled: ScheduledTask) -> None:
        if scheduled.record["tool"] in self._approved_tools and not scheduled.is_decided:
            if (decision := self._decisions.get(scheduled.key)) is not None:
                if (outcome := scheduled.decided(decision)) is not None:
                    self._end(scheduled, outcome)
                    return
            elif self._asks(scheduled.held_call()):
                self.held.append(scheduled)
                return
        if self._caller.policy(scheduled.record["tool"]).interrupts:
            self.serial.append(scheduled)
        else:
            self._runner.add(scheduled)

    def _note_start(self, scheduled: ScheduledTask) -> None:
        scheduled.attempts += 1
        if scheduled.attempts == 1:
            scheduled.record["started_at"] = time.time()
            if scheduled.map is not None and not scheduled.map.is_started:
                scheduled.map.is_started, scheduled.map.whole.record["started_at"] = True, time.time()
                self._tell("task_started", scheduled.map.whole)
            self._tell("task_started", scheduled)

    def _tell(self, kind: Literal["task_planned", "task_started", "task_finished"], each: ScheduledTask) -> None:
        if self._emit:
            preview = text_of(each.record) if kind == "task_finished" else None
            self._emit(task_event(kind, each.record, preview, each.element))

    def _note_end(self, scheduled: ScheduledTask, outcome: Outcome, is_kept: bool) -> None:
        self._end(scheduled, outcome)
        if is_kept:
            self._keep(scheduled, outcome)

    def _end(self, scheduled: ScheduledTask, outcome: Outcome) -> None:
        """Note how a task ended and go on with those that waited for it; a loop, because chains can be long."""
        self._endings.append((scheduled, outcome))
        if self._is_ending:
            return
        self._is_ending = True
        while self._endings:
            ended, how = self._endings.popleft()
            if ended.outcome is not None:
                continue
            self._close(ended, how)
            self._give_shared(ended, how)
            if ended.map is not None:
                self._end_in_map(ended, ended.map, how)
            if not self._runner.is_stopped:
                for dependent in self._needs.released_by(ended):
                    self._unblock(dependent)
            if ended is self.answer and how.status == "ok":
                self.on_answer(how.observation)
                self._drop_unneeded()
        self._is_ending = False

    def _give_shared(self, ended: ScheduledTask, how: Outcome) -> None:
        for each, shared in self._reads.take_waiting(ended, how):
            if how.status == "cancelled" and each.dropped is None and not self._runner.is_stopped:
                self._unblock(each)  # the call whose result it was to share is not needed, but this one is
            else:
                self._keep(each, shared)
                self._endings.append((each, shared))

    def _end_in_map(self, ended: ScheduledTask, run: MapRun, how: Outcome) -> None:
        if ended.element is None:  # the whole task: what is left of it, if it failed, is not needed
            for each in run.elements:
                self._drop(each, how.error or NOT_NEEDED)
            if not run.is_closed:
                self._close_map(run)
            return
        run.close(ended, how)
        if run.is_closed and run.left == 0 and run.whole.outcome is None:
            self._endings.append((run.whole, run.outcome()))

    def _drop_unneeded(self) -> None:
        """Cancel calls that only read and that neither the answer nor a call with side effects needs any more."""
        left = [each for each in self._all() if each.outcome is None]
        waiting = [each for each in left if not self._may_drop(each)]
        kept = {each.task.id for each in waiting}
        while waiting:
            for dependency in waiting.pop().needs:
                if dependency not in kept:
                    kept.add(dependency)
                    waiting += [each for each in left if each.task.id == dependency]
        for each in left:
            if each.task.id not in kept and not (each.is_whole and each.map and each.map.is_closed):
                self._drop(each, NOT_NEEDED)

    def _may_drop(self, each: ScheduledTask) -> bool:
        tool = each.record["tool"]
        policy = self._caller.policy(tool)
        return policy.read_only and not policy.interrupts and tool not in self._approved_tools

    def _drop(self, scheduled: ScheduledTask, reason: str) -> None:
        """End a call that nobody needs: cancel it if it runs, else let it not start."""
        if scheduled.outcome is not None:
            return
        scheduled.dropped = reason
        if self._runner.cancel(scheduled):
            return
        for waiting in (self.held, self.serial):
            if scheduled in waiting:
                waiting.remove(scheduled)
        self._end(scheduled, Outcome(status="cancelled", error=reason))

    def _keep(self, scheduled: ScheduledTask, outcome: Outcome) -> None:
        """Record the end of a call, so that a resume neither runs it again nor has it end otherwise."""
        if scheduled.key:
            self._journal.record(scheduled.key, scheduled.recorded(outcome))

    def _close(self, scheduled: ScheduledTask, outcome: Outcome) -> None:
        scheduled.close(outcome)
        if scheduled is not self.answer:
            self._tell("task_finished", scheduled)
