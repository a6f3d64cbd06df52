import pytest

from langgraph_llm_compiler.cli.failures import exit_code, explain
from langgraph_llm_compiler.errors import ConfigurationError, JoinerOutputError, PlannerError


class StatusError(Exception):
    """As an OpenAI client raises it."""

    def __init__(self, body, status=400):
        super().__init__("Error code: 400 - {...}")
        self.status_code, self.body = status, body


class Request:
    url = "http://127.0.0.1:9/v1/chat/completions"


class APIConnectionError(Exception):
    request = Request()


class APITimeoutError(APIConnectionError):
    pass


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ConfigurationError("no tools;\n  give one"), "no tools; give one"),
        (StatusError({"message": "no model\n'x'"}, 404), "the model's endpoint refused (HTTP 404): no model 'x'"),
        (StatusError({"error": {"message": "unknown"}}), "the model's endpoint refused (HTTP 400): unknown"),
        (StatusError({"error": "plain"}), "the model's endpoint refused (HTTP 400): plain"),
        (StatusError({"detail": "x"}), "the model's endpoint refused (HTTP 400): {'detail': 'x'}"),
        (
            StatusError({"message": "No script for 'q'.", "code": "unknown_question"}),
            "No script for 'q'. `llm-compiler ask --list` prints the sample questions.",
        ),
        (StatusError("<html>"), "StatusError: Error code: 400 - {...}"),
        (PlannerError("m", StatusError({"message": "no"}, 401)), "the model's endpoint refused (HTTP 401): no"),
        (
            APIConnectionError("Connection error."),
            "cannot reach http://127.0.0.1:9/v1/chat/completions (Connection error.): start the endpoint, or correct"
            " --base-url",
        ),
        (
            APITimeoutError("Request timed out."),
            "http://127.0.0.1:9/v1/chat/completions gave no reply in time: check the endpoint, or raise --timeout",
        ),
        (TimeoutError(), "no answer in time: raise --timeout, or check the model's endpoint and the tools"),
        (ExceptionGroup("several", [StatusError({"message": "no"})]), "the model's endpoint refused (HTTP 400): no"),
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
    error.__context__ = APIConnectionError("refused")
    assert explain(error).startswith("cannot reach http://127.0.0.1:9")


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
