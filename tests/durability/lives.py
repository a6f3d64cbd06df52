"""A run over several lives: a process of its own for each, which dies by signal 9 at an event of one's choice.

The processes are forks of this one, which has imported everything and must have no thread but its own.
"""

import asyncio
import faulthandler
import gc
import json
import logging
import os
import signal
import threading
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from tests.durability.cases import Case, Given, Task
from tests.durability.expected import confirmed, decision_on
from tests.durability.play import config_of, graph_of
from tests.durability.savers import async_opened, opened
from tests.support import answer_of, assert_valid

QUESTION: Any = {"messages": [("user", "What of it?")]}
HANGS_SECONDS = 30.0
MOST_LIVES = 80


class Way(NamedTuple):
    """How a case is run.

    Attributes:
        face: "sync" for `invoke`, "async" for `ainvoke`, "mixed" for one after the other from life to life.
        durability: LangGraph's mode.
        place: Where the checkpointer keeps it: see `savers.opened`.
    """

    face: str
    durability: Any
    place: str


Event = dict[str, Any]


class Teller:
    """Writes each event into a pipe; having written the one with the number `die_at`, it kills this process."""

    def __init__(self, pipe: int, die_at: int | None) -> None:
        self._pipe, self._die_at = os.fdopen(pipe, "w"), die_at
        self._count, self._lock = 0, threading.Lock()

    def __call__(self, kind: str, what: Any = None, **more: Any) -> None:
        with self._lock:
            self._pipe.write(json.dumps({"kind": kind, "what": what, **more}) + "\n")
            self._pipe.flush()
            self._count += 1
            if self._count == self._die_at:
                os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Run:
    """A case on its way to an answer.

    Attributes:
        lives: The events of each life.
        kills: How many of them were cut short.
    """

    case: Case
    way: Way
    thread: str
    lives: list[list[Event]] = field(default_factory=list)
    kills: int = 0

    def to_end(self, die_at: Callable[[int], int | None]) -> None:
        """Let it live until it has ended.

        Args:
            die_at: By the number of events so far, after how many more to die; None for not at all.
        """
        asked: Event | None = None
        while len(self.lives) < MOST_LIVES:
            self.lives.append(self._life(asked, die_at(sum(map(len, self.lives)))))
            last = self.lives[-1][-1]
            if last["kind"] in ("ended", "broke"):
                return
            asked = last if last["kind"] == "asks" else None
        raise AssertionError(f"no end after {MOST_LIVES} lives")

    def _life(self, asked: Event | None, die_at: int | None) -> list[Event]:
        read_end, write_end = os.pipe()
        if (child := os.fork()) == 0:
            os.close(read_end)
            self._live(asked, Teller(write_end, die_at))
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            events = [json.loads(line) for line in pipe]
        _, status = os.waitpid(child, 0)
        assert status in (0, signal.SIGKILL), f"a life ended with {status} after {events[-3:]}"
        self.kills += status == signal.SIGKILL
        return events

    def _live(self, asked: Event | None, tell: Teller) -> None:
        """In the child: never returns."""
        try:
            faulthandler.dump_traceback_later(HANGS_SECONDS, exit=True)
            warnings.simplefilter("error")
            logging.getLogger("langgraph").addHandler(_Complaints(tell))
            is_sync = self.way.face == "sync" or (self.way.face == "mixed" and len(self.lives) % 2 == 0)
            out = self._sync(asked, tell) if is_sync else asyncio.run(self._async(asked, tell))
            report(out, tell)
        except BaseException:  # noqa: BLE001 - whatever it was, it is told
            tell("broke", traceback.format_exc())
        finally:
            os._exit(0)

    def _sync(self, asked: Event | None, tell: Teller) -> Any:
        with opened(self.way.place, tell) as saver:
            graph, config = graph_of(self.case, tell, saver, len(self.lives)), config_of(self.case, self.thread)
            given = start_or_resume(graph.get_state(config)) if asked is None else answer_to(asked)
            try:
                return graph.invoke(given, config, durability=self.way.durability)
            except RuntimeError as error:
                return graph.invoke(answer_by_id(asked, error), config, durability=self.way.durability)

    async def _async(self, asked: Event | None, tell: Teller) -> Any:
        async with async_opened(self.way.place, tell) as saver:
            graph, config = graph_of(self.case, tell, saver, len(self.lives)), config_of(self.case, self.thread)
            given = start_or_resume(await graph.aget_state(config)) if asked is None else answer_to(asked)
            try:
                return await graph.ainvoke(given, config, durability=self.way.durability)
            except RuntimeError as error:
                return await graph.ainvoke(answer_by_id(asked, error), config, durability=self.way.durability)


class _Complaints(logging.Handler):
    """What LangGraph warns of in its log, as of types that it will not read back, breaks the run."""

    def __init__(self, tell: Teller) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell("broke", record.getMessage())


def start_or_resume(snapshot: Any) -> Any:
    """The question, if nothing is kept of the run yet."""
    return QUESTION if snapshot.created_at is None else None


def answer_to(asked: Event) -> Any:
    """What the person says."""
    return Command(resume=_reply(asked["what"]))


def answer_by_id(asked: Event | None, error: RuntimeError) -> Any:
    """The same, to a run that died while it saved its questions, so that LangGraph wants to know which one is meant.

    Raises:
        RuntimeError: That was not what it wants to know.
    """
    if asked is None or "multiple pending interrupts" not in str(error):
        raise error
    return Command(resume={asked["id"]: _reply(asked["what"])})


def _reply(request: Any) -> Any:
    if isinstance(request, str):
        return confirmed(request)
    return {"decisions": [decision_on(**each["args"]) for each in request["action_requests"]]}


def report(out: Any, tell: Callable[..., None]) -> None:
    """Tell how an invocation came out."""
    if asked := out.get("__interrupt__"):
        (only,) = asked
        tell("asks", only.value, id=only.id)
        return
    assert_valid(out["messages"])
    tell("ended", {"answer": answer_of(out), "tasks": {str(each["id"]): _shown(each) for each in out["tasks"]}})


def _shown(record: Any) -> list[Any]:
    return [record["status"], record["observation"], [_shown(each) for each in record.get("elements", ())]]


def rehearse() -> None:
    """Import, before the first fork, all that a run imports when it needs it; starts no thread."""
    case = Case(0, "compact", [[Task(1, "look", (Given(),))]], None, True, None)
    graph = graph_of(case, lambda *_, **__: None, InMemorySaver())
    assert_valid(asyncio.run(graph.ainvoke(QUESTION, config_of(case, "rehearsal")))["messages"])
    assert threading.active_count() == 1
    gc.collect()
    gc.freeze()  # the children then copy fewer of this process's pages
