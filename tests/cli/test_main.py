import os
import runpy
import subprocess
import sys

import pytest

from langgraph_llm_compiler import __version__
from langgraph_llm_compiler.cli import main as cli
from langgraph_llm_compiler.cli import options
from langgraph_llm_compiler.errors import ConfigurationError

HEAVY = ("langgraph", "langchain_core", "langchain_openai", "openai", "pydantic", "rich", "aiohttp")


@pytest.mark.parametrize(
    "command",
    [
        ["--help"],
        ["ask", "--help"],
        ["demo", "-h"],
        ["bench", "run", "-h"],
        ["bench", "limit", "-h"],
        ["simulate", "-h"],
    ],
)
def test_help_loads_neither_langgraph_nor_langchain(command):
    code = (
        "import sys; from langgraph_llm_compiler.cli.main import main\n"
        f"try: main({command!r})\nexcept SystemExit as stop: assert stop.code == 0\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"
    assert "usage: llm-compiler" in done.stdout


def test_as_a_module(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["llm-compiler", "--version"])
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("langgraph_llm_compiler.cli", run_name="__main__")
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"langgraph-llm-compiler {__version__}\n"


@pytest.mark.parametrize("command", [[], ["bench"]])
def test_without_a_command_the_help_is_shown(command, capsys):
    assert cli.main(command) == 2
    assert "COMMAND" in capsys.readouterr().out or command


@pytest.mark.parametrize(
    "command",
    [
        ["nonsense"],
        ["ask", "q", "--react", "--parallel-tools"],
        ["ask", "q", "--timeout", "0"],
        ["ask", "q", "--tool-latency", "-1"],
        ["ask", "q", "--max-concurrency", "0"],
        ["bench", "run", "--n", "x"],
        ["bench", "overhead", "--sizes", "10,0"],
        ["demo", "--at-once", "0"],
    ],
)
def test_arguments_that_cannot_be_used(command, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(command)
    assert stop.value.code == 2
    assert "usage:" in capsys.readouterr().err


def command_that_raises(monkeypatch, error):
    def run(args):
        raise error

    monkeypatch.setattr("langgraph_llm_compiler.cli.ask.run", run)


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (ConfigurationError("two tools are called 'search'"), 2, "llm-compiler: two tools are called 'search'\n"),
        (TimeoutError(), 1, "llm-compiler: no answer in time"),
        (KeyboardInterrupt(), 130, "llm-compiler: stopped\n"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(monkeypatch, capsys, error, code, line):
    command_that_raises(monkeypatch, error)
    assert cli.main(["ask", "q"]) == code
    captured = capsys.readouterr()
    assert captured.err.startswith(line)
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_the_traceback_on_request(monkeypatch):
    command_that_raises(monkeypatch, ConfigurationError("x"))
    with pytest.raises(ConfigurationError):
        cli.main(["--traceback", "ask", "q"])


def test_a_reader_that_goes_away_is_no_error():
    code = (
        "import sys, langgraph_llm_compiler.cli.ask as ask\n"
        "def run(args):\n    for _ in range(100000): print('x' * 100, flush=True)\n"
        "ask.run = run\nfrom langgraph_llm_compiler.cli.main import main\nsys.exit(main(['ask', 'q']))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.read(100)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        ([], "llm-compiler-compact"),
        (["--no-stream"], "llm-compiler-compact-no-stream"),
        (["--prompt-style", "paper"], "llm-compiler"),
        (["--prompt-style", "paper", "--no-stream"], "llm-compiler-no-stream"),
        (["--react"], "react"),
        (["--react", "--style", "text"], "react-text"),
        (["--parallel-tools"], "parallel-tools"),
    ],
)
def test_the_system_that_options_ask_for(flags, name):
    assert options.system_name(cli.build_parser().parse_args(["ask", "q", *flags])) == name


def test_lists_and_paths():
    assert options.comma_separated(" a, b,,c ") == ["a", "b", "c"]
    assert options.comma_separated_ints("1,20") == [1, 20]
    assert options.path("~/x") == options.path(os.environ["HOME"]) / "x"
