"""The project's graphs on a model that `.env` names: what arrives while a run runs, settings, cancelling."""

import asyncio

from tests.studio.asking import answer_in, ask, new_thread, planned, said
from tests.studio.endpoint import Held
from tests.support import PATIENCE, Gate

WRONG = [
    ("compact", "max_replans", -1),
    ("paper", "max_replans", "two"),
    ("react", "max_concurrency", 0),
    ("llm_compiler", "model", "nameless"),
    ("paper", "joiner_model", "unknown:name"),
    ("compact", "planner_prompt", 3),
]


async def test_the_env_file_names_the_model_and_the_style(endpoint, real_client):
    endpoint.says(planned("math('1 + 1')"), said("paper", "2"))
    values = await real_client.runs.wait(None, "llm_compiler", input=ask())
    assert answer_in(values) == "2"
    assert [each["model"] for each in endpoint.bodies] == ["scripted", "scripted"]
    assert "Finish" in endpoint.bodies[1]["messages"][0]["content"]


async def test_events_and_tokens_arrive_while_the_model_still_writes(style, endpoint, real_client):
    plan_gate, answer_gate = Gate(), Gate()
    plan = planned('visit("a")', 'visit("b")')
    line_end = plan.index("\n") + 1
    answer = said(style, "It is 8,849 metres high.")
    cut = answer.index(" metres")
    endpoint.says([plan[:line_end], plan_gate, plan[line_end:]], [answer[:cut], answer_gate, answer[cut:]])
    modes, text, types = set(), "", []
    thread_id = await new_thread(real_client)
    async with asyncio.timeout(PATIENCE):
        async for part in real_client.runs.stream(
            thread_id, style, input=ask(), stream_mode=["messages", "updates", "custom"]
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


async def test_cancelling_a_run_ends_its_tools_and_leaves_the_thread_usable(style, endpoint, real_client):
    endpoint.says(planned('visit("a")'))
    held = endpoint.held = Held()
    thread_id = await new_thread(real_client)
    run = await real_client.runs.create(thread_id, style, input=ask())
    await held.arrived.passed()
    await real_client.runs.cancel(thread_id, run["run_id"], wait=True)
    await held.gone.passed()
    assert (await real_client.runs.get(thread_id, run["run_id"]))["status"] == "interrupted"
    endpoint.says(planned('visit("b")'), said(style, "done"))
    values = await real_client.runs.wait(thread_id, style, input=ask())
    assert answer_in(values) == "done"
    assert endpoint.visits == ["b"]


async def test_an_assistant_created_with_settings_uses_them(style, endpoint, real_client):
    context = {"model": "openai:other", "joiner_model": "openai:third", "max_replans": 0, "max_concurrency": 1}
    context |= {"planner_prompt": "Plan with {tools}", "joiner_prompt": "Join them"}
    assistant = await real_client.assistants.create(style, context=context)
    endpoint.says(planned('visit("a")', 'visit("b")'), said(style, "done"))
    thread_id = await new_thread(real_client)
    values = await real_client.runs.wait(thread_id, assistant["assistant_id"], input=ask())
    assert answer_in(values) == "done"
    first, second = sorted(values["tasks"], key=lambda each: each["started_at"])
    assert first["ended_at"] <= second["started_at"]
    planning, joining = endpoint.bodies
    assert (planning["model"], joining["model"]) == ("other", "third")
    assert planning["messages"][0]["content"].startswith("Plan with ")
    told = joining["messages"][-1 if style == "compact" else 0]["content"]
    assert "Join them" in told
    assert "further" in told or "now" in told  # that no further plan is possible


async def test_a_wrong_setting_is_refused_with_its_name_before_any_model_call(endpoint, real_client):
    async def refusal(graph, name, value):
        values = await real_client.runs.wait(None, graph, input=ask(), context={name: value}, raise_error=False)
        return values["__error__"]

    endpoint.says()
    refusals = await asyncio.gather(*(refusal(*each) for each in WRONG))
    assert {each["error"] for each in refusals} == {"ConfigurationError"}
    for (_, name, _), error in zip(WRONG, refusals, strict=True):
        assert f"context field '{name}'" in error["message"]
    assert endpoint.bodies == []
