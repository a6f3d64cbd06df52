"""Typed access to the fields of a script, with errors that name the question and the field."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from langgraph_llm_compiler.errors import ConfigurationError

__all__ = ["Fields", "ScriptError"]

T = TypeVar("T")
_KINDS = {str: "a text", int: "a whole number", list: "a list", dict: "an object"}


class ScriptError(ConfigurationError):
    """A script that cannot be played; raised when it is read.

    Attributes:
        where: The question and the field.
        reason: What is wrong with it.
    """

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where, self.reason = where, reason


class Fields:
    """One object of a script.

    Args:
        data: JSON data that ought to be an object.
        question: What errors call the question.
        path: Where in the question the object stands; `""` for the question itself.
        known: Names of the fields it may have; anything goes if there are none.

    Raises:
        ScriptError: If it is no object, or has a field of another name.
    """

    def __init__(self, data: Any, question: str, path: str = "", known: Collection[str] = ()) -> None:
        self.question, self.path = question, path
        self.data: Mapping[str, Any] = data
        if not isinstance(data, dict):
            raise self.error("", f"must be an object, not {data!r}")
        for key in data:
            if known and key not in known:
                raise self.error(key, f"unknown field; there are: {', '.join(sorted(known))}")

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def at(self, key: str) -> str:
        """Gives the place of a field: `rounds[0].plan`."""
        return f"{self.path}.{key}".strip(".")

    def error(self, key: str, reason: str) -> ScriptError:
        """Makes the error that says what is wrong with a field, or with the object (`""`)."""
        place = self.at(key)
        return ScriptError(f"{self.question}, {place}" if place else self.question, reason)

    def text(self, key: str) -> str:
        """Gives a text that must be there and not be blank."""
        value = self.data.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, "must be a text that is not empty")
        return value

    def optional(self, key: str, kind: type[T]) -> T | None:
        """Gives a field of one kind (`str`, `int`, `list` or `dict`), or `None` if it is not there."""
        value = self.data.get(key)
        if key in self.data and (not isinstance(value, kind) or isinstance(value, bool)):
            raise self.error(key, f"must be {_KINDS[kind]}, not {value!r}")
        return value

    def objects(self, key: str, known: Collection[str]) -> list["Fields"]:
        """Gives the objects of a list; none if the field is not there."""
        entries = self.optional(key, list) or []
        return [Fields(entry, self.question, f"{self.at(key)}[{index}]", known) for index, entry in enumerate(entries)]

    def inner(self, key: str, known: Collection[str] = ()) -> "Fields":
        """Gives the object that a field holds; an empty one if the field is not there."""
        return Fields(self.data.get(key, {}), self.question, self.at(key), known)

    def texts(self, key: str) -> dict[str, str]:
        """Gives an object whose fields are all texts; an empty one if the field is not there."""
        inner = self.inner(key)
        return {name: inner.text(name) for name in inner.data}
