"""An answer in the shape that a request asks for: simple JSON schemas only, filled from the answer's text."""

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["fill_schema", "wanted_schema"]

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def wanted_schema(request: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any]]:
    """Gives the schema that the reply must follow, and the tool to call with it where one is forced.

    Without a schema (`json_object`) the reply is an object with `answer`.
    """
    choice, tools = request.get("tool_choice"), request.get("tools") or ()
    if isinstance(choice, Mapping):
        name = choice.get("function", {}).get("name")
        schemas = [tool["function"].get("parameters", {}) for tool in tools if tool["function"]["name"] == name]
        return name, schemas[0] if schemas else {}
    wanted = request.get("response_format") or {}
    schema = wanted.get("json_schema", {}).get("schema")
    return None, schema or {"properties": {"answer": {"type": "string"}}}


def fill_schema(schema: Mapping[str, Any], answer: str, root: Mapping[str, Any] | None = None) -> Any:
    """Puts an answer into a schema: texts get all of it, numbers its first number, choices the one that it names.

    Example:
        >>> fill_schema({"type": "object", "properties": {"height": {"type": "number"}}}, "It is 8,849 metres.")
        {'height': 8849}
    """
    root = schema if root is None else root
    if "$ref" in schema:
        return fill_schema(root.get("$defs", {}).get(schema["$ref"].rpartition("/")[2], {}), answer, root)
    if "anyOf" in schema:
        return fill_schema(schema["anyOf"][0], answer, root)
    if "properties" in schema:
        return {name: fill_schema(inner, answer, root) for name, inner in schema["properties"].items()}
    if "enum" in schema:
        choices = schema["enum"]
        return next((choice for choice in choices if str(choice).casefold() in answer.casefold()), choices[0])
    return _scalar(schema.get("type"), schema, answer, root)


def _scalar(kind: object, schema: Mapping[str, Any], answer: str, root: Mapping[str, Any]) -> Any:
    if kind == "array":
        return [fill_schema(schema.get("items", {}), answer, root)]
    if kind == "boolean":
        return answer.strip().casefold().startswith(("yes", "true"))
    if kind in {"number", "integer"}:
        found = _NUMBER.search(answer)
        number = float(found.group().replace(",", "")) if found else 0.0
        return int(number) if kind == "integer" or number.is_integer() else number
    return answer
