"""A thread's past through the server: runs that go on from a checkpoint, and forks of it."""

import pytest

from tests.studio.asking import QUESTION, answer_in, ask, new_thread, planned, said

PLAN = planned('visit("a")')


@pytest.fixture
async def answered(style, endpoint, real_client):
    """Id of a thread in which a question was answered."""
    endpoint.says(PLAN, said(style, "first"))
    thread_id = await new_thread(real_client)
    values = await real_client.runs.wait(thread_id, style, input=ask(id="question"))
    assert answer_in(values) == "first"
    return thread_id


async def past(client, thread_id, node):
    """The latest checkpoint before this node."""
    history = await client.threads.get_history(thread_id, limit=50)
    return next(each["checkpoint"] for each in history if each["next"] == [node])


@pytest.mark.parametrize(("node", "calls", "visits"), [("executor", 2, ["a"]), ("joiner", 1, [])])
async def test_a_run_goes_on_from_a_checkpoint_of_the_past(node, calls, visits, answered, style, endpoint, real_client):
    checkpoint = await past(real_client, answered, node)
    endpoint.says(*[PLAN, said(style, "second")][-calls:])
    values = await real_client.runs.wait(answered, style, input=None, checkpoint=checkpoint)
    assert answer_in(values) == "second"
    assert endpoint.visits == visits
    assert len(endpoint.bodies) == calls


async def test_a_fork_asks_another_question_and_leaves_the_past_as_it_was(answered, style, endpoint, real_client):
    before = await real_client.threads.get_history(answered, limit=50)
    fork = await real_client.threads.update_state(
        answered,
        ask("How deep is it?", id="question"),
        checkpoint=await past(real_client, answered, "planner"),
        as_node="__start__",
    )
    endpoint.says(PLAN, said(style, "deep"))
    values = await real_client.runs.wait(answered, style, input=None, checkpoint=fork["checkpoint"])
    assert [each["content"] for each in values["messages"] if each["type"] == "human"] == ["How deep is it?"]
    assert answer_in(values) == "deep"
    assert "How deep is it?" in str(endpoint.bodies[0]["messages"])
    old = await real_client.threads.get_state(answered, checkpoint=before[0]["checkpoint"])
    assert [old["values"]["messages"][at]["content"] for at in (0, -1)] == [QUESTION, "first"]


async def test_a_run_stops_at_a_breakpoint_and_goes_on(style, endpoint, real_client):
    endpoint.says(PLAN, said(style, "done"))
    thread_id = await new_thread(real_client)
    await real_client.runs.wait(thread_id, style, input=ask(), interrupt_before=["joiner"])
    state = await real_client.threads.get_state(thread_id)
    assert state["next"] == ["joiner"]
    assert [each["observation"] for each in state["values"]["tasks"]] == ["<a>"]
    assert answer_in(await real_client.runs.wait(thread_id, style, input=None)) == "done"
    assert endpoint.visits == ["a"]
