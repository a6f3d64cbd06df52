"""Errors in one line that a user can act upon, and the exit code that goes with them."""

from collections.abc import Iterator, Mapping

from langgraph_llm_compiler.errors import ConfigurationError, LLMCompilerError

RUN_FAILED = 1
UNUSABLE = 2


def exit_code(error: BaseException) -> int:
    """2 if the arguments cannot be used, 1 if a run failed.

    Example:
        >>> exit_code(ConfigurationError("two tools are called 'search'")), exit_code(TimeoutError())
        (2, 1)
    """
    return UNUSABLE if isinstance(_first(error), ConfigurationError) else RUN_FAILED


def explain(error: BaseException) -> str:
    """Say in one line what went wrong: the endpoint's own words where it gave some, else the error's.

    Example:
        >>> explain(ConfigurationError("no tools; give at least one"))
        'no tools; give at least one'
    """
    error = _first(error)
    chain = list(_causes(error))
    for say in (_refusal, _unreachable, _too_late):
        for cause in chain:
            if sentence := say(cause):
                return sentence
    if isinstance(error, LLMCompilerError | OSError) and str(error):
        return _one_line(str(error))
    return _one_line(f"{type(error).__name__}: {error}").rstrip(": ")


def _first(error: BaseException) -> BaseException:
    """Of a group, what failed first: the others were cancelled, or failed alike."""
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it was raised from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _refusal(error: BaseException) -> str | None:
    """What an OpenAI-compatible endpoint said when it refused a request; such errors carry its status and body."""
    status, body = getattr(error, "status_code", None), getattr(error, "body", None)
    if status is None or not isinstance(body, Mapping):
        return None
    detail = body.get("error", body)
    message = detail.get("message") if isinstance(detail, Mapping) else detail
    if isinstance(detail, Mapping) and detail.get("code") == "unknown_question":
        return _one_line(f"{message} `llm-compiler ask --list` prints the sample questions.")
    return _one_line(f"the model's endpoint refused (HTTP {status}): {message or body}")


def _unreachable(error: BaseException) -> str | None:
    # By name: importing the client only to name its errors takes longer than most commands.
    names = {cls.__name__ for cls in type(error).__mro__}
    if "APIConnectionError" not in names:
        return None
    request = getattr(error, "request", None)
    address = getattr(request, "url", None) or "the model's endpoint"
    if "APITimeoutError" in names:
        return f"{address} gave no reply in time: check the endpoint, or raise --timeout"
    return f"cannot reach {address} ({_one_line(str(error))}): start the endpoint, or correct --base-url"


def _too_late(error: BaseException) -> str | None:
    return (
        "no answer in time: raise --timeout, or check the model's endpoint and the tools"
        if isinstance(error, TimeoutError)
        else None
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
