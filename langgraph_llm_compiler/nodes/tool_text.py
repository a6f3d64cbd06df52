"""Tools as a prompt describes them: signature and description."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.tools import BaseTool

from langgraph_llm_compiler.execution.signature import Signature

_NAMES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None", "object": "dict"}


def described(tools: Sequence[BaseTool], signatures: Mapping[str, Signature]) -> str:
    """One numbered entry for each tool: `1. search(query: str): what it does`."""
    return "\n".join(
        f"{number}. {signature_text(signatures[tool.name])}: {' '.join(tool.description.split())}"
        for number, tool in enumerate(tools, 1)
    )


def signature_text(signature: Signature) -> str:
    """A tool's name and parameters, `search(query: str, limit: int = 3)`."""
    required = signature.schema.get("required", ())
    shown = [_parameter(name, schema, name in required) for name, schema in signature.parameters.items()]
    return f"{signature.tool}({', '.join(shown)})"


def _parameter(name: str, schema: Mapping[str, Any], is_required: bool) -> str:
    text = f"{name}: {_kind(schema)}"
    return text if is_required or "default" not in schema else f"{text} = {schema['default']!r}"


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(repr(value) for value in schema["enum"])
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return " | ".join(dict.fromkeys(_kind(each) for each in choices))
    if schema.get("type") == "array":
        return f"list[{_kind(schema['items'])}]" if schema.get("items") else "list"
    return _NAMES.get(str(schema.get("type")), "dict" if "$ref" in schema or "properties" in schema else "any")
