"""The project's graphs on a model that `.env` names: what arrives while a run runs, settings, cancelling."""

import asyncio

import pytest

from tests.studio.endpoint import Held
from tests.support import PATIENCE, Gate, finish

STYLES = ["compact", "paper"]
QUESTION = {"messages": [{"role": "user", "content": "How high is it?"}]}


def planned(*calls):
    return "\n".join(f"{number}. {call}" for number, call in enumerate([*calls, "join()"], 1))


def said(style, text):
    """The joiner's reply that answers with this text."""
    return text if style == "compact" else finish(text)


async def test_the_project_s_graphs_use_the_model_of_the_env_file(endpoint, real_client):
    endpoint.says('1. answer("8,849 metres")')
    values = await real_client.runs.wait(None, "llm_compiler", input=QUESTION)
    assert values["messages"][-1]["content"] == "8,849 metres"
    assert [each["model"] for each in endpoint.bodies] == ["scripted"]
    (assistant,) = await real_client.assistants.search(graph_id="llm_compiler")
    schemas = await real_client.assistants.get_schemas(assistant["assistant_id"])
    assert schemas["context_schema"]["properties"]["model"]["default"] == "openai:scripted"


@pytest.mark.parametrize("style", STYLES)
async def test_events_and_tokens_arrive_while_the_model_still_writes(style, endpoint, real_client):
    plan_gate, answer_gate = Gate(), Gate()
    plan = planned('visit("a")', 'visit("b")')
    line_end = plan.index("\n") + 1
    answer = said(style, "It is 8,849 metres high.")
    cut = answer.index(" metres")
    endpoint.says([plan[:line_end], plan_gate, plan[line_end:]], [answer[:cut], answer_gate, answer[cut:]])
    modes, text, types = set(), "", []
    thread_id = (await real_client.threads.create())["thread_id"]
    async with asyncio.timeout(PATIENCE):
        async for part in real_client.runs.stream(
            thread_id, style, input=QUESTION, stream_mode=["messages", "updates", "custom"]
        ):
            modes.add(part.event.partition("/")[0])
            if part.event == "custom":
                types.append(part.data["type"])
                if part.data["type"] == "task_finished" and not plan_gate.is_open:
                    assert part.data["args"] == {"text": "a"}
                    plan_gate.open()
            if part.event == "messages/partial" and part.data[0]["content"]:
                text = part.data[0]["content"]
                if not answer_gate.is_open and text.endswith("8,849"):
                    answer_gate.open()
    assert plan_gate.is_open
    assert answer_gate.is_open
    assert text == "It is 8,849 metres high."
    assert modes == {"metadata", "messages", "updates", "custom"}
    assert {"plan_delta", "task_planned", "task_started", "task_finished", "answer_delta"} == set(types)


@pytest.mark.parametrize("style", STYLES)
async def test_cancelling_a_run_ends_its_tools_and_leaves_the_thread_usable(style, endpoint, real_client):
    endpoint.says(planned('visit("a")'))
    held = endpoint.held = Held()
    thread_id = (await real_client.threads.create())["thread_id"]
    run = await real_client.runs.create(thread_id, style, input=QUESTION)
    await held.arrived.passed()
    await real_client.runs.cancel(thread_id, run["run_id"], wait=True)
    await held.gone.passed()
    assert (await real_client.runs.get(thread_id, run["run_id"]))["status"] == "interrupted"
    endpoint.says(planned('visit("b")'), said(style, "done"))
    values = await real_client.runs.wait(thread_id, style, input=QUESTION)
    assert values["messages"][-1]["content"] == "done"
    assert endpoint.visits == ["b"]


@pytest.mark.parametrize("style", STYLES)
async def test_an_assistant_created_with_settings_uses_them(style, endpoint, real_client):
    context = {"model": "openai:other", "joiner_model": "openai:third", "max_replans": 0, "max_concurrency": 1}
    context |= {"planner_prompt": "Plan with {tools}", "joiner_prompt": "Join them"}
    assistant = await real_client.assistants.create(style, context=context)
    endpoint.says(planned('visit("a")', 'visit("b")'), said(style, "done"))
    thread_id = (await real_client.threads.create())["thread_id"]
    values = await real_client.runs.wait(thread_id, assistant["assistant_id"], input=QUESTION)
    assert values["messages"][-1]["content"] == "done"
    first, second = sorted(values["tasks"], key=lambda each: each["started_at"])
    assert first["ended_at"] <= second["started_at"]
    planning, joining = endpoint.bodies
    assert (planning["model"], joining["model"]) == ("other", "third")
    assert planning["messages"][0]["content"].startswith("Plan with ")
    told = joining["messages"][-1 if style == "compact" else 0]["content"]
    assert "Join them" in told
    assert "further" in told or "now" in told  # that no further plan is possible


@pytest.mark.parametrize(
    ("graph", "context"),
    [
        ("compact", {"max_replans": -1}),
        ("paper", {"max_replans": "two"}),
        ("react", {"max_concurrency": 0}),
        ("llm_compiler", {"model": "nameless"}),
        ("paper", {"joiner_model": "unknown:name"}),
        ("compact", {"planner_prompt": 3}),
    ],
)
async def test_a_wrong_setting_is_refused_with_its_name_before_any_model_call(graph, context, endpoint, real_client):
    endpoint.says()
    ((name, _),) = context.items()
    values = await real_client.runs.wait(None, graph, input=QUESTION, context=context, raise_error=False)
    assert values["__error__"]["error"] == "ConfigurationError"
    assert f"context field '{name}'" in values["__error__"]["message"]
    assert endpoint.bodies == []
