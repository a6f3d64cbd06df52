"""The answer in the shape of `response_format`."""

import contextlib
import json
from dataclasses import is_dataclass
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp
from pydantic import BaseModel, TypeAdapter
from typing_extensions import is_typeddict

from langgraph_llm_compiler.errors import ConfigurationError, JoinerOutputError, LLMCompilerError, ModelError
from langgraph_llm_compiler.nodes.model_calls import called
from langgraph_llm_compiler.nodes.plan_stream import endpoint_of
from langgraph_llm_compiler.prompts import joiner as prompts


def json_schema(response_format: Any) -> dict[str, Any]:
    """The JSON schema of a pydantic model, dataclass, TypedDict or JSON schema.

    Raises:
        ConfigurationError: It is none of these.
    """
    if isinstance(response_format, dict):
        return response_format
    try:
        if not (_is_model(response_format) or is_dataclass(response_format) or is_typeddict(response_format)):
            raise TypeError("it has no fields")
        return TypeAdapter(response_format).json_schema()
    except Exception as error:
        raise ConfigurationError(
            f"response_format={response_format!r}: give a pydantic model, dataclass, TypedDict or JSON schema"
        ) from error


async def structured(
    model: BaseChatModel, response_format: Any, question: str, answer: str, config: RunnableConfig
) -> Any:
    """The answer as an instance of `response_format` (a dictionary, for a TypedDict or JSON schema).

    The joiner was told the schema, so its answer mostly is the JSON already; otherwise its model is asked to convert.

    Raises:
        JoinerOutputError: What the model made of it does not fit.
        ModelError: The call failed.
    """
    with contextlib.suppress(ValueError):  # ValidationError and JSONDecodeError are ones
        return fitted(response_format, answer)
    prompt = prompts.STRUCTURE.format(question=question, answer=answer)
    # a model can give pydantic models and JSON schemas, and calls the latter by their title
    shape = response_format if _is_model(response_format) else {"title": "answer", **json_schema(response_format)}
    try:
        given = await called(model, model.with_structured_output(shape), prompt, config)
        return _validated(response_format, given)
    except (GraphBubbleUp, LLMCompilerError):
        raise
    except ValueError as error:  # also from the parser of the model's output
        raise JoinerOutputError(answer, "an answer in the structure of response_format") from error
    except Exception as error:
        raise ModelError(endpoint_of(model), error) from error


def fitted(response_format: Any, value: Any) -> Any:
    """A value as an instance of `response_format`, if it is one as it stands, or as JSON text.

    Raises:
        ValueError: It does not fit.
    """
    if isinstance(value, str):
        value = json.loads(_unfenced(value))
    return _validated(response_format, value)


def _is_model(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, BaseModel)


def _unfenced(text: str) -> str:
    return text.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()


def _validated(response_format: Any, value: Any) -> Any:
    if not isinstance(response_format, dict):
        return TypeAdapter(response_format).validate_python(value)
    required = response_format.get("required", ())
    if not isinstance(value, dict) or any(name not in value for name in required):
        raise ValueError("the answer lacks fields that the schema requires")
    for name, schema in response_format.get("properties", {}).items():
        if name in value and not _has_kind(value[name], schema.get("type")):
            raise ValueError(f"the answer's field {name!r} is no {schema['type']}")
    return value


_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def _has_kind(value: Any, wanted: Any) -> bool:
    """Whether a value is of a JSON schema's `type`, which may be a list of several, or absent."""
    kinds = [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []
    allowed = [_KINDS[kind] for kind in kinds if kind in _KINDS]
    if not allowed:
        return True
    is_bool = isinstance(value, bool)
    return any(isinstance(value, types) and (not is_bool or bool in types) for types in allowed)
