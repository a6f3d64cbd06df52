"""The task fetching unit (paper, section 3.2): starts each task the moment everything it needs is there."""

import asyncio
import contextvars
import hashlib
import json
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_config

from langgraph_llm_compiler.errors import (
    DependencyCycleError,
    PlanError,
    UnknownToolError,
)
from langgraph_llm_compiler.execution.approvals import Asks
from langgraph_llm_compiler.execution.calls import ToolCaller
from langgraph_llm_compiler.execution.durable import Journal
from langgraph_llm_compiler.execution.events import Emit, task_event
from langgraph_llm_compiler.execution.maps import TOO_MANY, argument_of, referred_elements
from langgraph_llm_compiler.execution.namespaces import of_call
from langgraph_llm_compiler.execution.needs import Needs
from langgraph_llm_compiler.execution.policy import pause_before_retry
from langgraph_llm_compiler.execution.reads import ReadCache, SharedReads
from langgraph_llm_compiler.execution.records import Outcome, as_written, planned_record, text_of
from langgraph_llm_compiler.execution.scheduled import MapRun, ScheduledTask
from langgraph_llm_compiler.execution.signature import Signature
from langgraph_llm_compiler.execution.slots import Slots
from langgraph_llm_compiler.execution.tracing import CallTraces
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
        self._caller, self._state, self._config = caller, state, config
        self._traces = CallTraces(config)
        self._round, self._turn = round_, turn
        self._journal, self._emit, self._max_tasks = journal or Journal(), emit, max_tasks
        self._approved_tools, self._asks, self._decisions = frozenset(approved_tools), asks, dict(decisions or {})
        self._needs = Needs(earlier)
        self._begun: MapRun | None = None
        self._max_map_size = max_map_size
        self._slots = Slots(limit, lambda tool: caller.policy(tool).max_concurrency)
        self._reads, self._read_cache = SharedReads(earlier, self._journal.recorded_calls), reads
        self._running: dict[asyncio.Task[Outcome], ScheduledTask] = {}
        self._endings: deque[tuple[ScheduledTask, Outcome]] = deque()
        self._is_ending = self._is_cancelled = False
        self._next_start: asyncio.Handle | None = None
        self._pauses: dict[ScheduledTask, asyncio.TimerHandle] = {}
        self._settled: asyncio.Future[None] | None = None
        self._failure: BaseException | None = None
        self._loop = asyncio.get_running_loop()

    def add(self, task: Task, planned_at: float | None = None, call_id: str | None = None) -> None:
        """Take a task of the plan, in plan order, and start it if it can start.

        Args:
            task: The task.
            planned_at: When it was planned, in Unix seconds; now, by default.
            call_id: Id of its tool call; by default made of round and task id, `r1_t3`.

        Raises:
            BaseException: What a call before it failed with, as from `settled`.
        """
        if self._failure is not None:
            raise self._failure
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
        self._start_ready()

    def begin(self, begun: BegunMap, planned_at: float | None = None) -> None:
        """Start elements of a `.map` task whose line is still being written; `add` brings the task itself.

        Args:
            begun: The task, and elements that have arrived since the last time.
            planned_at: When they were planned, in Unix seconds; now, by default.
        """
        if self._begun is None or self._begun.whole.task.id != begun.id:
            task = Task(begun.id, begun.tool, thought=begun.thought, is_map=True)
            is_known = begun.tool in self._caller.signatures
            if begun.id in self._needs.by_id or self._problem(task, is_known=is_known, more=1):
                return  # the whole task will say so
            scheduled = self._scheduled(task, planned_at)
            scheduled.record["args"] = {"elements": []}
            self._begun = MapRun(scheduled)
            self._tell("task_planned", scheduled)
        for element in begun.elements:
            if self._fits(len(self._begun.elements) + 1):
                self._begun.whole.record["args"]["elements"].append(as_written(element.value))
                self._add_element(self._begun, element.value, element.dependencies)
        self._start_ready()

    def finish(self, ending: Ending) -> None:
        """Take the plan's `answer(...)`: `answer` has an outcome once what it needs has ended.

        From then on, calls of tools that only read are cancelled, unless calls that go on need them.
        """
        task = Task(0, ending.name, ending.args, ending.kwargs, ending.dependencies, error=ending.error)
        self.answer = scheduled = ScheduledTask(task, (len(self.tasks), 0), "", planned_record(task, self._round, 0.0))
        scheduled.arguments = {"args": ending.args, "kwargs": ending.kwargs}
        if error := task.error or self._connect(scheduled):
            self._end(scheduled, Outcome(status="error", error=str(error)))
        elif scheduled.missing == 0:
            self._unblock(scheduled)
        self._start_ready()

    def _scheduled(self, task: Task, planned_at: float | None, call_id: str | None = None) -> ScheduledTask:
        record = planned_record(task, self._round, time.time() if planned_at is None else planned_at)
        scheduled = ScheduledTask(task, (len(self.tasks), 0), call_id or self._call_id(task.id), record)
        self.tasks.append(scheduled)
        return scheduled

    async def settled(self) -> None:
        """Return once nothing moves by itself: no call runs or is about to. What is left waits for a person.

        Raises:
            BaseException: A signal of LangGraph's, or a bug, that came out of a call.
        """
        while self._failure is None and (self._running or self._pauses):
            self._settled = self._loop.create_future()
            await self._settled
        if self._failure is not None:
            raise self._failure

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
        self._start_ready()

    async def run_serially(self) -> None:
        """Run the first of the calls that interrupt the graph themselves."""
        self.serial.sort(key=lambda each: each.order)
        first, here = self.serial.pop(0), contextvars.copy_context()

        async def call() -> dict[str, Any]:
            self._note_start(first)
            # the config of the journal's link, so that interrupt() finds the answers to this call and no other; the
            # context of the executor, so that a trace shows the call as the executor's and not as the journal's
            return first.recorded(await self._loop.create_task(self._call(first, get_config()), context=here))

        self._end(first, first.recalled(await self._journal.run(first.key, call)))
        self._start_ready()

    async def stop(self) -> None:
        """Start nothing more, cancel what runs, and wait until it has ended."""
        self._is_cancelled = True
        for pause in self._pauses.values():
            pause.cancel()
        for running in self._running:
            running.cancel()
        if self._running:
            await asyncio.wait(self._running)

    async def cancel(self) -> None:
        """Stop, and note all that has not ended as cancelled."""
        called = list(self._running.values())
        await self.stop()
        for each in self._all():
            if each.outcome is None:
                self._close(each, Outcome(status="cancelled", error="the run was cancelled"))
        for each in called:
            if each.key and each.outcome is not None:
                self._journal.record(each.key, each.recorded(each.outcome))

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
        task = scheduled.task
        signature = self._caller.signatures.get(task.tool)
        if task.is_map and signature is not None:
            return self._prepare_map(scheduled, signature)
        wrong: PlanError | None = None
        scheduled.arguments = {**{str(k): value for k, value in enumerate(task.args)}, **task.kwargs}
        if signature is not None:
            try:
                scheduled.arguments = signature.named(task.args, task.kwargs)
            except PlanError as error:
                wrong = error
        scheduled.record["args"] = {name: as_written(value) for name, value in scheduled.arguments.items()}
        if problem := self._problem(task, is_known=signature is not None) or wrong:
            return problem
        return self._connect(scheduled)

    def _prepare_map(self, scheduled: ScheduledTask, signature: Signature) -> PlanError | None:
        task, run = scheduled.task, scheduled.map or MapRun(scheduled)
        if problem := self._problem(task, is_known=True):
            return problem
        try:
            given, run.parameter = argument_of(task, signature)
        except PlanError as error:
            return error
        scheduled.arguments = {"elements": given}
        scheduled.record["args"] = {"elements": as_written(given)}
        if isinstance(given, Reference):
            return self._connect(scheduled)
        if not self._fits(len(given)):
            return PlanError(TOO_MANY.format(limit=self._max_map_size))
        if self._journal.is_durable:
            scheduled.key = self._journal_key(scheduled)
        return None

    def _fits(self, elements: int) -> bool:
        return self._max_map_size is None or elements <= self._max_map_size

    def _problem(self, task: Task, *, is_known: bool, more: int = 0) -> PlanError | None:
        if self._max_tasks is not None and len(self.tasks) + more > self._max_tasks:
            return PlanError(f"the plan has more than max_tasks={self._max_tasks} tasks; this one was not run")
        if task.error is None and not is_known:
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
        element = ScheduledTask(task, (whole.order[0], len(run.elements)), call_id, record)
        run.add(element)
        error: PlanError | None = None
        try:
            signature = self._caller.signatures[task.tool]
            element.arguments = signature.of_element(value) if run.parameter is None else {run.parameter: value}
        except PlanError as wrong:
            element.arguments, error = {"0": value}, wrong
        record["args"] = {name: as_written(each) for name, each in element.arguments.items()}
        error = error or self._connect(element)
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
        if not self._fits(len(elements)):
            raise PlanError(TOO_MANY.format(limit=self._max_map_size))
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
            self._slots.add(scheduled)

    def _start_ready(self) -> None:
        if self._next_start is None:
            self._start_next()

    def _start_next(self) -> None:
        """Start one call, and the next one in the next pass of the event loop.

        So a call gets on before others are begun. Were all begun at once, what they hold would outlive the collector's
        young generations, and each call would cost more, the more of them there are.
        """
        self._next_start = None
        if not (self._is_cancelled or self._failure) and (scheduled := self._slots.take()) is not None:
            self._note_start(scheduled)
            config = of_call(self._config, scheduled.call_id)
            running = self._loop.create_task(self._call(scheduled, config))
            self._running[running] = scheduled
            running.add_done_callback(self._ended)
            self._next_start = self._loop.call_soon(self._start_next)

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

    async def _call(self, scheduled: ScheduledTask, config: RunnableConfig) -> Outcome:
        record, cache = scheduled.record, self._read_cache
        args, tool = record["resolved"] or {}, record["tool"]
        is_kept = cache is not None and self._caller.is_cached(tool) and tool not in self._approved_tools
        if is_kept and cache is not None and (kept := await cache.get(tool, args)) is not None:
            return kept
        config = self._traces.config(scheduled, config)
        outcome = await self._caller.call(
            tool, args, scheduled.call_id, self._state, config, is_watched=self._traces.are_watched
        )
        if is_kept and cache is not None and outcome.status == "ok":
            await cache.put(tool, args, outcome)
        return outcome

    def _ended(self, running: "asyncio.Task[Outcome]") -> None:
        try:
            self._take_end(self._running.pop(running), running)
        except Exception as error:  # noqa: BLE001 - a callback's error reaches nobody, and the run would wait for ever
            self._failure = self._failure or error
        is_settled = self._failure is not None or not (self._running or self._pauses)
        if is_settled and self._settled is not None and not self._settled.done():
            self._settled.set_result(None)

    def _take_end(self, scheduled: ScheduledTask, running: "asyncio.Task[Outcome]") -> None:
        self._slots.free(scheduled)
        if scheduled.dropped is not None and (running.cancelled() or running.exception() is None):
            outcome = Outcome(status="cancelled", error=scheduled.dropped)
            self._end(scheduled, outcome)
            self._keep(scheduled, outcome)
        elif running.cancelled():
            self._end(scheduled, Outcome(status="cancelled", error="the call was cancelled"))
        elif error := running.exception():
            self._failure = self._failure or error
        elif self._is_cancelled and running.result().exception is not None:  # the tool made an error of it
            self._end(scheduled, Outcome(status="cancelled", error="the call was cancelled"))
        elif not self._is_tried_again(scheduled, outcome := running.result()):
            self._end(scheduled, outcome)
            self._keep(scheduled, outcome)
        self._start_ready()

    def _is_tried_again(self, scheduled: ScheduledTask, outcome: Outcome) -> bool:
        if outcome.exception is None:
            return False
        policy = self._caller.policy(scheduled.record["tool"])
        pause = pause_before_retry(policy.retry, outcome.exception, scheduled.attempts, random.random)
        if pause is None:
            return False
        self._pauses[scheduled] = self._loop.call_later(pause, self._try_again, scheduled)
        return True

    def _try_again(self, scheduled: ScheduledTask) -> None:
        del self._pauses[scheduled]
        self._slots.add(scheduled)
        self._start_ready()

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
            if not self._is_cancelled:
                for dependent in self._needs.released_by(ended):
                    self._unblock(dependent)
            if ended is self.answer and how.status == "ok":
                self.on_answer(how.observation)
                self._drop_unneeded()
        self._is_ending = False

    def _give_shared(self, ended: ScheduledTask, how: Outcome) -> None:
        for each, shared in self._reads.take_waiting(ended, how):
            if how.status == "cancelled" and each.dropped is None and not self._is_cancelled:
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
        running = next((each for each, which in self._running.items() if which is scheduled), None)
        if running is not None:
            running.cancel()
            return
        if (pause := self._pauses.pop(scheduled, None)) is not None:
            pause.cancel()
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
