"""Errors in one line: those of real clients of real servers, of the package, and of the system."""

import asyncio
import socket

import pytest

from langgraph_llm_compiler.cli.failures import exit_code, explain
from langgraph_llm_compiler.cli.main import main
from langgraph_llm_compiler.errors import ConfigurationError, JoinerOutputError, PlannerError
from langgraph_llm_compiler.models import ModelSpec, build_model
from tests.models.server import dies, refuses, send, serving, stalls
from tests.support import Gate, ask, create_llm_compiler, search

SOON = {"retry_after_ms": "1"}
PAGE = "<html><style>p { color: red }</style><title>502 Bad Gateway</title><p>nginx</p></html>"


def said(code, message, status=400, **headers):
    return refuses(status, {"error": {"message": message, "code": code, "type": "error"}}, **headers)


def failure_of(server, **fields):
    """What a graph raises whose planner asks this server."""
    model = build_model(ModelSpec(**{"type": "vllm", "name": "m", "base_url": server.base_url, **fields}))
    graph = create_llm_compiler(model, [search])
    with pytest.raises(Exception) as raised:  # noqa: PT011 - what it is, is what is tested
        asyncio.run(graph.ainvoke(ask()))
    return explain(raised.value)


@pytest.mark.parametrize("completions", [False, True], ids=["chat", "completions"])
@pytest.mark.parametrize(
    ("answer", "parts"),
    [
        (
            said("invalid_api_key", "Incorrect API key.", 401),
            ["endpoint refused the key (HTTP 401): Incorrect API key. No key was sent: set VLLM_API_KEY"],
        ),
        (said(None, "Not your model", 403), ["refused the key (HTTP 403): Not your model. No key was sent"]),
        (
            said("NotFoundError", "The model `m` does not exist.", 404),
            ["/v1/", "was not found (HTTP 404): The model `m` does not exist. Check --model-name and --base-url"],
        ),
        (refuses(404, {"detail": "Not Found"}), ["(HTTP 404): {'detail': 'Not Found'}. Check --model-name"]),
        (
            said("rate_limit_exceeded", "Limit of 3 requests/min.", 429, **SOON),
            ["takes fewer requests than were sent", "requests/min. Lower --max-concurrency", "--sleep-per-iter"],
        ),
        (
            said("insufficient_quota", "You exceeded your current limit.", 429, **SOON),
            ["the account has no quota left (HTTP 429): You exceeded your current limit. Check its plan"],
        ),
        (said(None, "worker died", 503, **SOON), ["endpoint failed (HTTP 503): worker died. Look at its log"]),
        (refuses(502, PAGE, **SOON), ["endpoint failed (HTTP 502): 502 Bad Gateway nginx. Look at its log"]),
        (refuses(500, "", **SOON), ["endpoint failed (HTTP 500): Error code: 500. Look at its log"]),
        (
            said("context_length_exceeded", "This model's maximum context length is 9 tokens."),
            ["the prompt is too long for the model (HTTP 400): This model's maximum context", "longer context"],
        ),
        (said(None, "maximum model length of 9 is exceeded", 422), ["the prompt is too long for the model (HTTP 422)"]),
        (said("x", "temperature must be\n1"), ["the model's endpoint refused (HTTP 400): temperature must be 1"]),
        (
            said("unknown_question", "No script for 'q'."),
            ["No script for 'q'. `llm-compiler ask --list` prints the sample questions."],
        ),
        (
            dies("one two", announced=True),
            ["/v1/", "completions closed the connection before the end of its reply (", "look at the server's log"],
        ),
        (
            dies("one two", announced=False),
            ["the reply of 'm' at http://127.0.0.1:", "broke off: the server closed the connection before the end"],
        ),
        (
            lambda _, http: send(http, 200, b'data: {"error": {"message": "engine died"}}\n\n', "event-stream"),
            ["the model's endpoint failed in the middle of its reply: engine died. Look at its log"],
        ),
        (lambda _, http: send(http, 200, PAGE.encode(), "html"), ["does the address end in /v1"]),
    ],
)
def test_what_a_server_does_in_one_line(answer, parts, completions):
    with serving(answer) as server:
        line = failure_of(server, completions=completions)
    for part in parts:
        assert part in line
    assert "\n" not in line
    assert "Traceback" not in line


@pytest.mark.parametrize(("type_", "variable"), [("openai", "OPENAI_API_KEY"), ("friendli", "FRIENDLI_TOKEN")])
def test_a_wrong_key_says_which_variable_it_is_from(type_, variable, monkeypatch):
    monkeypatch.setenv(variable, "sk-secret")
    with serving(said("invalid_api_key", "Incorrect API key.", 401)) as server:
        line = failure_of(server, type=type_)
        assert line.endswith(f"(HTTP 401): Incorrect API key. The key was read from {variable}.")
        assert "secret" not in line
        monkeypatch.setenv("MY_KEY", "sk-other")
        for named in ({"type": type_}, {"type": None, "name": f"{type_}:m"}):
            assert failure_of(server, **named, api_key_env="MY_KEY").endswith("The key was read from MY_KEY.")


def test_a_wrong_token_of_azure_says_so_too(monkeypatch):
    monkeypatch.delenv("AZURE_OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", "t")
    monkeypatch.setenv("AZURE_OPENAI_API_VERSION", "v")
    with serving(said("401", "Access denied.", 401)) as server:
        line = failure_of(server, type="azure", base_url=server.origin)
    assert line.endswith("Access denied. The token was read from AZURE_OPENAI_AD_TOKEN.")


@pytest.mark.parametrize("completions", [False, True], ids=["chat", "completions"])
def test_a_server_that_is_not_there(completions):
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    model = build_model(ModelSpec(type="vllm", name="m", base_url=address, completions=completions), max_retries=0)
    with pytest.raises(Exception, match="Connection error") as raised:
        model.invoke("Hi")
    assert explain(raised.value).startswith(f"cannot reach {address}/")
    assert explain(raised.value).endswith("(Connection error.): start the endpoint, or correct --base-url")


@pytest.mark.parametrize("completions", [False, True], ids=["chat", "completions"])
def test_a_server_that_says_nothing(completions):
    gate = Gate()
    with serving(stalls(gate)) as server:
        spec = ModelSpec(type="vllm", name="m", base_url=server.base_url, completions=completions, timeout=0.05)
        with pytest.raises(Exception, match="timed out") as raised:
            build_model(spec, max_retries=0).invoke("Hi")
        gate.open()
    assert explain(raised.value).endswith("gave no reply in time: check the endpoint, or raise --timeout")


@pytest.mark.parametrize("agent", [[], ["--react"], ["--no-stream"]], ids=["planner", "agent", "not streamed"])
def test_the_command_line_gives_the_line_and_a_code(agent, capsys, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with serving(said("invalid_api_key", "Incorrect API key.", 401)) as server:
        command = ["ask", "q", "--model", "openai:m", "--base-url", server.base_url, *agent]
        assert main(command) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("llm-compiler: the model's endpoint refused the key (HTTP 401)")
    assert line.endswith("The key was read from OPENAI_API_KEY.")


def test_no_key_is_no_run(capsys):
    assert main(["ask", "q", "--model", "openai:m"]) == 2
    assert "there is no key for 'openai:m': set OPENAI_API_KEY" in capsys.readouterr().err


class StatusError(Exception):
    """As clients of other providers raise it."""

    def __init__(self, body, status=400):
        super().__init__("Error code: 400 - {...}")
        self.status_code, self.body = status, body


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ConfigurationError("no tools;\n  give one"), "no tools; give one"),
        (StatusError({"error": "plain"}), "the model's endpoint refused (HTTP 400): plain"),
        (StatusError({"detail": "x"}), "the model's endpoint refused (HTTP 400): {'detail': 'x'}"),
        (StatusError(None), "the model's endpoint refused (HTTP 400): Error code: 400 - {...}"),
        (PlannerError("m", StatusError({"message": "no"})), "the model's endpoint refused (HTTP 400): no"),
        (
            StatusError({"message": "no"}, 404),
            "the model's endpoint was not found (HTTP 404): no. Check --model-name and --base-url",
        ),
        (TimeoutError(), "no answer in time: raise --timeout, or check the model's endpoint and the tools"),
        (ExceptionGroup("several", [StatusError({"message": "no"})]), "the model's endpoint refused (HTTP 400): no"),
        (ConnectionResetError(104, "reset by peer"), "[Errno 104] reset by peer"),
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device"),
        (ExceptionGroup("a", [ExceptionGroup("b", [OSError(28, "No space left")])]), "[Errno 28] No space left"),
        (KeyError("x"), "KeyError: 'x'"),
        (ValueError(), "ValueError"),
        (OSError(), "OSError"),
    ],
)
def test_one_line_that_says_what_to_do(error, line):
    assert explain(error) == line


def test_errors_that_go_round_in_circles():
    error, other = ValueError("a"), ValueError("b")
    error.__cause__, other.__cause__ = other, error
    assert explain(error) == "ValueError: a"


def test_what_was_being_handled_when_it_was_raised_is_looked_at():
    error = RuntimeError("stream broke")
    error.__context__ = StatusError({"message": "worker died"}, 503)
    assert explain(error).startswith("the model's endpoint failed (HTTP 503): worker died")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigurationError("x"), 2),
        (JoinerOutputError("x"), 1),
        (OSError(), 1),
        (ExceptionGroup("a", [ConfigurationError("x")]), 2),
    ],
)
def test_exit_codes(error, code):
    assert exit_code(error) == code
