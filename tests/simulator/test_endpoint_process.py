"""The simulator as a process of its own."""

import argparse
import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import openai
import pytest

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.simulator import serve as serving
from langgraph_llm_compiler.simulator.__main__ import main
from langgraph_llm_compiler.simulator.latency import Latency
from langgraph_llm_compiler.simulator.options import add_options, options_for
from langgraph_llm_compiler.simulator.process import SimulatedProcess
from langgraph_llm_compiler.simulator.protocol import Reply
from langgraph_llm_compiler.simulator.serve import load_player, serve, serve_options

AT_ONCE = Latency(ttft=0, tpot=0, prefill=0)
MODULE = """
from langgraph_llm_compiler.simulator.protocol import Reply

class Parrot:
    def reply(self, request):
        return Reply(request["messages"][-1]["content"], role="parrot")

parrot = Parrot()
nothing = 5
"""


@pytest.fixture(autouse=True)
def parrots(tmp_path, monkeypatch):
    """A module with players that this process and its children can import."""
    (tmp_path / "parrots.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("parrots", None)


def say(base_url, text, model="simulated"):
    with openai.OpenAI(base_url=base_url, api_key="none", max_retries=0) as client:
        messages = [{"role": "user", "content": text}]
        return client.chat.completions.create(model=model, messages=messages).choices[0].message.content


def test_a_process_serves_and_tells_its_records():
    with SimulatedProcess("parrots:Parrot", latency=AT_ONCE, models=["small"]) as endpoint:
        assert say(endpoint.base_url, "hello", model="small") == "hello"
        (record,) = endpoint.requests()
        assert (record.tag, record.text, record.model) == ("parrot", "hello", "small")
        endpoint.clear()
        assert endpoint.requests() == []
        with pytest.raises(RuntimeError, match="open already"), endpoint:
            pass

    with pytest.raises(RuntimeError, match="opened"):
        _ = endpoint.base_url


def test_a_process_that_cannot_start_says_why():
    with pytest.raises(ConfigurationError, match="did not start: there is no player 'parrots:Cockatoo'"):
        SimulatedProcess("parrots:Cockatoo").__enter__()


def test_a_process_that_takes_too_long_is_ended(tmp_path):
    (tmp_path / "slow_parrots.py").write_text("import time\ntime.sleep(60)\n")
    with pytest.raises(ConfigurationError, match="it said nothing"):
        SimulatedProcess("slow_parrots:Parrot", timeout=0.5).__enter__()


def test_a_process_that_does_not_stop_is_killed(tmp_path, monkeypatch):
    stubborn = "import signal\n" + MODULE + "\nsignal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})\n"
    (tmp_path / "stubborn.py").write_text(stubborn + "import os\nos.read = lambda *_: __import__('time').sleep(60)\n")
    monkeypatch.setattr("langgraph_llm_compiler.simulator.process._SECONDS_TO_STOP", 0.2)

    with SimulatedProcess("stubborn:parrot") as endpoint:
        child = endpoint._child

    assert child.returncode == -signal.SIGKILL


def test_closing_what_was_never_opened_does_nothing():
    SimulatedProcess("parrots:parrot").__exit__(None, None, None)


@pytest.mark.parametrize("arguments", [{}, {"player": "a:b", "script": "c"}])
def test_a_process_plays_one_thing(arguments):
    with pytest.raises(ValueError, match="either"):
        SimulatedProcess(**arguments)


def test_a_process_ends_with_its_parent():
    command = [sys.executable, "-m", "langgraph_llm_compiler.simulator", "--player=parrots:parrot", "--exit-with-stdin"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    with child:
        assert child.stdout.readline().startswith("http://127.0.0.1:")
        child.stdin.close()  # as the system does when the parent dies

        assert child.wait(timeout=20) == 0


class Terminal(io.StringIO):
    """A stdout that sends a signal to this process as soon as something was printed and flushed."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def flush(self):
        if self.number:
            number, self.number = self.number, None
            os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serving_prints_the_address_and_ends_at_a_signal(number, monkeypatch):
    terminal = Terminal(number)
    monkeypatch.setattr(sys, "stdout", terminal)

    serve(load_player("parrots:parrot"), latency=AT_ONCE)

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1\n", terminal.getvalue())


def test_serving_ends_when_stdin_closes(monkeypatch):
    terminal, reads = Terminal(None), iter([b"something", b""])
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(os, "read", lambda *_: next(reads))

    serve(load_player("parrots:parrot"), exit_with_stdin=True)

    assert terminal.getvalue()


def test_options_reach_the_endpoint(monkeypatch):
    seen = {}
    monkeypatch.setattr(serving, "serve", lambda player, **keywords: seen.update(keywords, player=player))
    parser = argparse.ArgumentParser()
    add_options(parser)

    speed = options_for(Latency(1, 2, 3.5), tokens_per_event=4, merge_newlines=True)
    serve_options(parser.parse_args(["--port=5", "--serve-model=small", *speed]), default_player="parrots:parrot")

    assert seen.pop("player").reply({"messages": [{"content": "hi"}]}) == Reply("hi", role="parrot")
    assert seen == {
        "port": 5,
        "latency": Latency(1, 2, 3.5),
        "tokens_per_event": 4,
        "merge_newlines": True,
        "models": ["small"],
        "exit_with_stdin": False,
    }
    serve_options(parser.parse_args(["--preset=local-8b", "--player=parrots:parrot", "--separate-newlines"]))
    assert (seen["latency"], seen["merge_newlines"]) == (Latency(0, 8.9, 29), False)


def test_a_script_is_loaded(monkeypatch):
    seen = []
    monkeypatch.setattr(serving, "serve", lambda player, **_: seen.append(player))
    monkeypatch.setattr(serving, "load_script", lambda path: [path])
    monkeypatch.setattr(serving, "ScriptedPlayer", lambda questions: ("player of", questions))

    assert main(["--script=questions.json"]) == 0
    assert seen == [("player of", [Path("questions.json")])]


def test_nothing_to_play_is_an_error(capsys):
    assert main([]) == 2
    assert "--script FILE" in capsys.readouterr().err


def test_the_current_directory_is_looked_in(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != str(tmp_path)])
    monkeypatch.chdir(tmp_path)

    assert load_player("parrots:Parrot").reply({"messages": [{"content": "hi"}]}).text == "hi"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("parrots", "module:attribute"),
        (":parrot", "module:attribute"),
        ("no_parrots:parrot", "no player 'no_parrots:parrot'"),
        ("parrots:cockatoo", "no player 'parrots:cockatoo'"),
        ("parrots:nothing", "no reply"),
    ],
)
def test_what_is_no_player_is_refused(name, message):
    with pytest.raises(ConfigurationError, match=message):
        load_player(name)
