"""The plan's stream: filled in the background, read from its start by anybody, and closed with its run."""

import asyncio
import threading
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler, AsyncCallbackManager
from langchain_core.messages import AIMessageChunk, HumanMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI

from langgraph_llm_compiler import PlannerError
from langgraph_llm_compiler.nodes import plan_stream
from langgraph_llm_compiler.nodes.graph_runs import CloseStreams
from langgraph_llm_compiler.nodes.plan_stream import PlanStream, endpoint_of, parsed_plan
from tests.support import Gate, ScriptedChatModel, left_running, scripted

PLAN = '1. search("a")\n2. search("$1")\nThought: one more\n3. search("b")\n4. join()<END_OF_PLAN>\n'


def stream_of(*pieces: Any, **settings: Any) -> PlanStream:
    given: dict[str, Any] = {"tool_names": ["search"], "earlier": [], **settings}
    config = given.pop("config", {})
    return PlanStream(scripted(list(pieces)), [HumanMessage("Question: ?")], config, **given)


async def read(stream: PlanStream) -> list[Any]:
    return [planned.task async for planned in stream.tasks()]


@pytest.fixture(autouse=True)
async def _nothing_left():
    yield
    assert left_running() == []
    assert PlanStream._live == {}


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
async def test_a_plan_that_streams_is_the_plan_as_text(size):
    stream = stream_of(*(PLAN[at : at + size] for at in range(0, len(PLAN), size)))
    tasks = await read(stream)
    assert tasks == [planned.task for planned in parsed_plan(PLAN, ["search"], [])]
    assert [each.id for each in tasks] == [1, 2, 3]
    await stream.drain()
    assert PLAN.startswith(stream.text)
    assert "join()" in stream.text


async def test_a_plan_without_an_end_is_complete_when_the_stream_ends():
    stream = stream_of('1. search("a")\n2. search("b"')
    assert [each.args for each in await read(stream)] == [("a",), ("b",)]
    await stream.close()


async def test_tasks_come_while_the_plan_is_being_written_to_every_reader():
    gate = Gate()
    stream = stream_of('1. search("a")', gate, '\n2. search("b")\njoin()')
    first, second = stream.tasks(), stream.tasks()
    assert (await anext(first)).task.id == (await anext(second)).task.id == 1
    rest = asyncio.ensure_future(anext(second))
    await asyncio.sleep(0)
    assert not rest.done()
    gate.open()
    assert (await rest).task.id == (await anext(first)).task.id == 2
    assert [each.id for each in await read(stream)] == [1, 2]
    assert [each async for each in first] == []
    await stream.close()


async def test_times_are_those_of_the_closing_parentheses(monkeypatch):
    times = iter([10.0, 20.0, 30.0])
    monkeypatch.setattr(plan_stream.time, "time", lambda: next(times))
    stream = stream_of('1. search("a")', "\n2. sea", 'rch("b")', "\njoin()")
    assert [planned.at async for planned in stream.tasks()] == [10.0, 20.0]
    await stream.close()


async def test_ids_of_earlier_rounds_can_be_referred_to():
    stream = stream_of('3. search("$1")\n4. search("$7")\njoin()', earlier=[1, 2])
    assert [sorted(each.dependencies) for each in await read(stream)] == [[1], []]
    await stream.close()


@pytest.mark.parametrize("pieces", [[], ['1. search("a")\n2. sear']], ids=["at-once", "midway"])
async def test_a_stream_that_breaks_is_a_planner_error(pieces):
    cause = ConnectionError("gone")
    stream = stream_of(*pieces, cause)
    tasks = stream.tasks()
    for _ in pieces:
        assert (await anext(tasks)).task.id == 1
    with pytest.raises(PlannerError, match="'ScriptedChatModel' failed: ConnectionError: gone") as raised:
        await anext(tasks)
    assert raised.value.__cause__ is cause
    await stream.close()


async def test_what_breaks_after_the_end_of_the_plan_is_ignored():
    stream = stream_of('1. search("a")\njoin()', ConnectionError("gone"))
    assert [each.id for each in await read(stream)] == [1]
    await stream.drain()


async def test_what_follows_the_end_of_the_plan_is_drained_and_no_part_of_it():
    gate = Gate()
    stream = stream_of('1. search("a")\njoin()\n', gate, '2. search("b")\n')
    assert [each.id for each in await read(stream)] == [1]
    draining = asyncio.ensure_future(stream.drain())
    await asyncio.sleep(0)
    assert not draining.done()
    gate.open()
    await draining
    assert stream.text == '1. search("a")\njoin()\n'


async def test_what_takes_too_long_to_drain_is_cut_off(monkeypatch):
    monkeypatch.setattr(plan_stream, "DRAIN_SECONDS", 0.01)
    stream = stream_of("join()", Gate())
    await stream.drain()
    assert await read(stream) == []


async def test_closing_cancels_the_model_and_its_readers_get_an_error():
    stream = stream_of('1. search("a")', Gate())
    reading = asyncio.ensure_future(read(stream))
    await asyncio.sleep(0)
    await stream.close()
    with pytest.raises(PlannerError):
        await reading
    await stream.close()


async def test_a_listener_gets_what_was_written_before_it_came_and_all_that_follows():
    gate, heard = Gate(), []
    stream = stream_of("1. sea", 'rch("a")', gate, "\njoin()", " and more")
    await anext(stream.tasks())
    stream.listen(heard.append)
    assert heard == ['1. search("a")']
    gate.open()
    await stream.drain()
    assert heard == ['1. search("a")', "\njoin()"]


async def test_a_listener_that_comes_first_hears_nothing_before_there_is_text():
    heard: list[str] = []
    stream = stream_of("join", "()")
    stream.listen(heard.append)
    assert heard == []
    await read(stream)
    assert heard == ["join", "()"]
    await stream.close()


async def test_an_answer_is_cut_as_it_came_however_late_it_is_read():
    stream = stream_of("Thought: easy\n", "\nThought: so\nIt", " is", " 5.", may_answer=True)
    assert await stream.kind() == "answer"
    await stream.drain()
    assert [piece async for piece in stream.pieces()] == ["It", " is", " 5."]


async def test_chunks_without_text_are_passed_over():
    stream = stream_of(AIMessageChunk(""), "join()", AIMessageChunk(""))
    assert await read(stream) == []
    await stream.close()


async def test_a_stream_is_claimed_by_its_id_in_its_own_loop():
    stream = stream_of("join()")
    assert PlanStream.claim(stream.id) is stream
    assert PlanStream.claim("") is None
    assert PlanStream.claim("unknown") is None
    elsewhere: list[Any] = []

    async def claim() -> None:
        elsewhere.append(PlanStream.claim(stream.id))

    other = threading.Thread(target=lambda: asyncio.run(claim()))
    other.start()
    await asyncio.to_thread(other.join)
    assert elsewhere == [None]
    await stream.close()
    assert PlanStream.claim(stream.id) is None


async def cancelled(stream: PlanStream) -> None:
    """Return once the stream's model call has ended."""
    await asyncio.wait([stream._pump], timeout=5)
    assert stream._pump.cancelled()


async def test_the_streams_of_a_run_are_closed_when_it_ends():
    handler = CloseStreams()
    graph, node, inner, other_graph, other_node = (uuid.uuid4() for _ in range(5))
    for run, parent in ((graph, None), (node, graph), (inner, node), (other_graph, None), (other_node, other_graph)):
        handler.on_chain_start({}, {}, run_id=run, parent_run_id=parent)
    own, deeper = stream_of(Gate(), owner=node), stream_of(Gate(), owner=inner)
    other, nobodys = stream_of(Gate(), owner=other_node), stream_of(Gate())
    handler.on_chain_end({}, run_id=inner)
    handler.on_chain_end({}, run_id=node)
    assert PlanStream.claim(own.id) is own
    await asyncio.to_thread(handler.on_chain_end, {}, run_id=graph)
    await cancelled(own)
    await cancelled(deeper)
    assert PlanStream.claim(own.id) is None
    assert PlanStream.claim(other.id) is other
    handler.on_chain_error(ValueError(), run_id=other_graph)
    await cancelled(other)
    assert PlanStream.claim(nobodys.id) is nobodys
    await nobodys.close()
    assert not any(vars(handler).values())


async def test_a_run_within_another_graph_is_a_run_of_its_own():
    handler, outer, graph, node = CloseStreams(), uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    handler.on_chain_start({}, {}, run_id=graph, parent_run_id=outer)
    handler.on_chain_start({}, {}, run_id=node, parent_run_id=graph)
    stream = stream_of(Gate(), owner=node)
    handler.on_chain_end({}, run_id=outer)
    assert PlanStream.claim(stream.id) is stream
    handler.on_chain_end({}, run_id=graph)
    await cancelled(stream)


async def test_streams_of_a_loop_that_is_gone_are_forgotten():
    owner = uuid.uuid4()

    async def leave() -> None:
        stream_of(Gate(), owner=owner)

    await asyncio.to_thread(lambda: asyncio.run(leave()))
    assert len(PlanStream._live) == 1
    PlanStream.close_all_of({owner})


class Tokens(AsyncCallbackHandler):
    """A user's own handler."""


async def test_models_are_called_without_the_handler_that_closes_streams():
    own, closing = Tokens(), CloseStreams()
    manager = AsyncCallbackManager([own, closing], inheritable_handlers=[own, closing])
    config = CloseStreams.left_out({"callbacks": manager, "tags": ["t"]})
    assert config["callbacks"].handlers == [own]
    assert config["callbacks"].inheritable_handlers == [own]
    assert config["tags"] == ["t"]
    assert manager.handlers == [own, closing]
    for given in ({}, {"callbacks": None}, {"callbacks": [closing]}):
        assert CloseStreams.left_out(given) is given


def test_the_endpoint_of_a_model():
    model = ChatOpenAI(model="llama", base_url="http://127.0.0.1:9/v1", api_key="none")
    assert endpoint_of(model) == "'llama' at http://127.0.0.1:9/v1"
    assert endpoint_of(scripted()) == "'ScriptedChatModel'"
    assert endpoint_of(SimpleNamespace(model="claude", base_url=None)) == "'claude'"
    assert endpoint_of(SimpleNamespace(model_name="", model="m", base_url="http://h")) == "'m' at http://h"


async def test_a_cancellation_that_the_client_swallows_is_repeated():
    """As HTTP clients do now and then, when it reaches them between two waits."""
    swallowed = []

    class Stubborn(ScriptedChatModel):
        async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
            yield ChatGenerationChunk(message=AIMessageChunk('1. search("a")\n'))
            while True:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    if swallowed:
                        raise
                    swallowed.append(True)

    stream = PlanStream(Stubborn(), [HumanMessage("q")], {}, tool_names=["search"], earlier=[])
    assert (await anext(stream.tasks())).task.id == 1
    async with asyncio.timeout(5):
        await stream.close()
    assert swallowed == [True]
