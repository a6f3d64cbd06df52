"""Checkpointers that tell what they have saved, the moment it is."""

import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from tests.durability.play import Tell


class Telling:
    """Goes before a saver class. `tell` is told `saved` with what a link of the journal holds, and `step`."""

    tell: Tell

    def put(self, *args: Any) -> Any:
        return self._step(super().put(*args))

    async def aput(self, *args: Any) -> Any:
        return self._step(await super().aput(*args))

    def put_writes(self, config: Any, writes: Sequence[Any], task_id: str, task_path: str = "") -> None:
        super().put_writes(config, writes, task_id, task_path)
        self._saved(config, writes)

    async def aput_writes(self, config: Any, writes: Sequence[Any], task_id: str, task_path: str = "") -> None:
        await super().aput_writes(config, writes, task_id, task_path)
        self._saved(config, writes)

    def _step(self, saved: Any) -> Any:
        self.tell("step", saved["configurable"]["checkpoint_id"])
        return saved

    def _saved(self, config: Any, writes: Sequence[Any]) -> None:
        links = [value for _, value in writes if isinstance(value, dict)]
        names = [name for link in links for key, value in link.items() if (name := _name(key, value))]
        self.tell("saved", names, checkpoint=config["configurable"]["checkpoint_id"])


def _name(key: str, value: Any) -> str | None:
    """What a value of the journal is: the plan, or a call that will not be made again."""
    if key == "plan":
        return key
    if isinstance(value, dict) and "tool" in value and value.get("status") != "cancelled":
        return f"{value['tool']} {next(iter(value['resolved'].values()))}"
    return None


class TellingMemory(Telling, InMemorySaver):
    """Its async face calls its sync one, which has told already."""

    async def aput(self, *args: Any) -> Any:
        return self.put(*args)

    async def aput_writes(self, *args: Any) -> None:
        self.put_writes(*args)


class TellingSqlite(Telling, SqliteSaver): ...


class TellingAsyncSqlite(Telling, AsyncSqliteSaver): ...


class TellingPostgres(Telling, PostgresSaver): ...


class TellingAsyncPostgres(Telling, AsyncPostgresSaver): ...


@contextlib.contextmanager
def opened(place: str, tell: Tell) -> Iterator[Any]:
    """The saver for `invoke` at a place: the path of an SQLite file, or the URI of a PostgreSQL database."""
    kind = TellingPostgres if place.startswith("postgresql:") else TellingSqlite
    with kind.from_conn_string(place) as saver:
        saver.tell = tell
        yield saver


@contextlib.asynccontextmanager
async def async_opened(place: str, tell: Tell) -> AsyncIterator[Any]:
    """The same for `ainvoke`."""
    kind = TellingAsyncPostgres if place.startswith("postgresql:") else TellingAsyncSqlite
    async with kind.from_conn_string(place) as saver:
        saver.tell = tell
        yield saver
