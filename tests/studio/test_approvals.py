"""A call that a person approves, through the server: the thread waits, shows the question, and goes on."""

import pytest

from tests.studio.asking import answer_in, ask, new_thread, planned, said


@pytest.fixture
async def waiting(style, endpoint, real_client):
    """Id of a thread whose run waits for approval."""
    endpoint.says(planned('visit("a")', 'send("$1!")'), said(style, "done"))
    thread_id = await new_thread(real_client)
    await real_client.runs.wait(thread_id, style, input=ask())
    assert endpoint.visits == ["a"]
    return thread_id


async def test_a_thread_that_waits_shows_what_is_to_be_approved(waiting, real_client):
    thread = await real_client.threads.get(waiting)
    assert thread["status"] == "interrupted"
    ((interrupt,),) = thread["interrupts"].values()
    (request,) = interrupt["value"]["action_requests"]
    assert (request["name"], request["args"]) == ("send", {"text": "<a>!"})
    assert request["description"]
    (review,) = interrupt["value"]["review_configs"]
    assert review["action_name"] == "send"
    assert {"approve", "edit", "reject"} <= set(review["allowed_decisions"])
    assert (await real_client.threads.get_state(waiting))["next"] == ["executor"]


@pytest.mark.parametrize(
    ("decision", "sent", "status"),
    [
        ({"type": "approve"}, ["<a>!"], "ok"),
        ({"type": "edit", "edited_action": {"name": "send", "args": {"text": "b"}}}, ["b"], "ok"),
        ({"type": "reject", "message": "no"}, [], "rejected"),
    ],
    ids=["approved", "edited", "rejected"],
)
async def test_a_resumed_run_does_what_was_decided_and_nothing_twice(
    decision, sent, status, waiting, style, endpoint, real_client
):
    values = await real_client.runs.wait(waiting, style, command={"resume": {"decisions": [decision]}})
    assert answer_in(values) == "done"
    assert endpoint.visits == ["a", *sent]
    assert [each["status"] for each in values["tasks"]] == ["ok", status]
    assert (await real_client.threads.get(waiting))["status"] == "idle"
