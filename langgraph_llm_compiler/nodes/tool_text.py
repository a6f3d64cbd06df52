"""Tools as a prompt describes them: signature and description."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.tools import BaseTool

from langgraph_llm_compiler.execution.signature import Signature

_NAMES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None", "object": "dict"}


def described(tools: Sequence[BaseTool], signatures: Mapping[str, Signature]) -> str:
    """One numbered entry for each tool: `1. search(query: str): what it does`."""
    return "\n".join(f"{number}. {_entry(tool, signatures)}" for number, tool in enumerate(tools, 1))


def listed(tools: Sequence[BaseTool], signatures: Mapping[str, Signature]) -> str:
    """One line for each tool, with what its schema says of parameters: `search(query: str): finds (query: what)`."""
    return "\n".join(_entry(tool, signatures) + _parameters(signatures[tool.name]) for tool in tools)


def _entry(tool: BaseTool, signatures: Mapping[str, Signature]) -> str:
    return f"{signature_text(signatures[tool.name])}: {' '.join(tool.description.split())}"


def _parameters(signature: Signature) -> str:
    said = [
        f"{name}: {' '.join(str(schema['description']).split())}"
        for name, schema in signature.parameters.items()
        if schema.get("description")
    ]
    return f" ({'; '.join(said)})" if said else ""


def signature_text(signature: Signature) -> str:
    """A tool's name and parameters, `search(query: str, limit: int = 3)`."""
    required = signature.schema.get("required", ())
    shown = [
        f"{name}: {_kind(schema, signature.definitions)}{_default(schema, name in required)}"
        for name, schema in signature.parameters.items()
    ]
    return f"{signature.tool}({', '.join(shown)})"


def _default(schema: Mapping[str, Any], is_required: bool) -> str:
    return "" if is_required or "default" not in schema else f" = {schema['default']!r}"


def _kind(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        # without the definition that is entered: one that holds itself, as a tree does, ends there
        return _kind(definitions.get(name, {}), {key: each for key, each in definitions.items() if key != name})
    if values := schema.get("enum") or ("const" in schema and [schema["const"]]):
        return " | ".join(repr(value) for value in values)
    kinds = schema.get("type")
    choices = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if isinstance(kinds, list):
        choices = [{**schema, "type": each} for each in kinds]
    if choices:
        return " | ".join(dict.fromkeys(_kind(each, definitions) for each in choices))
    if kinds == "array":
        return f"list[{_kind(schema['items'], definitions)}]" if schema.get("items") else "list"
    return _NAMES.get(str(kinds), "dict" if "properties" in schema else "any")
