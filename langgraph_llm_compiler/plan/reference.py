"""References: finding them in arguments, and putting observations in their places."""

import dataclasses
import json
import re
from collections.abc import Callable, Container, Mapping
from typing import Any, Final

from langgraph_llm_compiler.errors import ReferencePathError
from langgraph_llm_compiler.plan.task import Reference

Lookup = Callable[[int], Any] | Mapping[int, Any]
"""Observations by task id. A function raises `LookupError` for an id it has none for."""

_FIELD: Final = r"\.[^\W\d]\w*"
_ITEM: Final = r"\[\s*-?[0-9]{1,9}\s*\]|\[\s*\"[^\"\]\n]*\"\s*\]|\[\s*'[^'\]\n]*'\s*\]"
_PATH: Final = rf"(?:{_FIELD}|{_ITEM})*"
_REFERENCE: Final = re.compile(
    rf"\$(?:\{{\s*(?P<braced>[0-9]{{1,9}})(?P<braced_path>(?:{_FIELD}|{_ITEM}|\.[0-9]{{1,9}})*)\s*\}}"
    rf"|(?P<bare>[0-9]{{1,9}})(?![0-9]|\.[0-9]|,[0-9]{{3}}(?![0-9]))(?P<path>{_PATH}))"
)
_UNQUOTED: Final = re.compile(rf"\$(?:(?P<bare>[0-9]{{1,9}})|\{{\s*(?P<braced>[0-9]{{1,9}})\s*\}})(?P<path>{_PATH})")
_STEP: Final = re.compile(r"""\.(?P<name>\w+)|\[\s*(?:(?P<index>-?[0-9]+)|["'](?P<key>[^\]\n]*)["'])\s*\]""")
_SHOWN: Final = 20
"""Keys of an observation that an error message lists, at most."""


def parse_reference(text: str, *, quoted: bool = True) -> Reference | None:
    """Read a text that is a reference and nothing else.

    Args:
        text: The text, without quotes around it.
        quoted: Whether it stood in quotes. Only without them does `${1}.name` have a path: in a quoted text, what
            follows the braces is text.

    Returns:
        The reference, or None if the text is something else, a price such as `$1.50` among it.

    >>> parse_reference("$1.city[0]")
    Reference(id=1, path=('city', 0), text='$1.city[0]')
    >>> parse_reference("$1 million") is None
    True
    """
    match = _REFERENCE.fullmatch(text) or (None if quoted else _UNQUOTED.fullmatch(text))
    if match is None:
        return None
    groups = match.groupdict()
    path = groups.get("braced_path") or groups["path"] or ""
    return Reference(int(groups["braced"] or groups["bare"]), _steps(path), text)


def _steps(path: str) -> tuple[str | int, ...]:
    return tuple(_step(match) for match in _STEP.finditer(path))


def _step(match: re.Match[str]) -> str | int:
    name, index, key = match["name"], match["index"], match["key"]
    if index is not None:
        return int(index)
    if name is None:
        return key
    return int(name) if name[0] in "0123456789" else name


def references_in(value: Any, earlier: Container[int] | None = None) -> frozenset[int]:
    """The ids of the tasks whose observations a value needs.

    Args:
        value: An argument, or several: lists, tuples and dicts are searched, keys included.
        earlier: The ids that can be referred to. Inside a longer text, `$N` with another N is a price. Without
            `earlier`, every `$N` counts.

    >>> sorted(references_in({"a": Reference(1), "b": ["$2 and $30"]}, earlier={1, 2, 3}))
    [1, 2]
    """
    return examine_references(value, earlier)[0]


def examine_references(value: Any, earlier: Container[int] | None) -> tuple[frozenset[int], str | None]:
    """As `references_in`, and with it the first reference that refers to no earlier task, as it is written."""
    found: set[int] = set()
    wrong: str | None = None
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Reference):
            bad = _note(part.id, str(part), earlier, found)
            wrong = wrong or bad
        elif isinstance(part, str):
            if "$" in part:
                for match in _REFERENCE.finditer(part):
                    bad = _note(int(match["braced"] or match["bare"]), match.group(), earlier, found)
                    wrong = wrong or (bad if match["braced"] else None)
        elif isinstance(part, dict):
            for key in reversed(part):
                waiting += (part[key], key)
        elif isinstance(part, (list, tuple)):
            waiting.extend(reversed(part))
    return frozenset(found), wrong


def parts_in(value: Any) -> dict[int, set[int | None]]:
    """Which items of each observation a value needs, by task id; `None` stands for the observation as a whole.

    >>> parts_in([Reference(1, (2, "name")), "$1[0] and $2"])
    {1: {0, 2}, 2: {None}}
    """
    parts: dict[int, set[int | None]] = {}

    def note(task_id: int, steps: tuple[str | int, ...]) -> None:
        first = steps[0] if steps else None
        parts.setdefault(task_id, set()).add(first if isinstance(first, int) and first >= 0 else None)

    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Reference):
            note(part.id, part.path)
        elif isinstance(part, str):
            for match in _REFERENCE.finditer(part) if "$" in part else ():
                path = match["braced_path"] if match["braced"] else match["path"]
                note(int(match["braced"] or match["bare"]), _steps(path or ""))
        elif isinstance(part, dict):
            waiting += (*part, *part.values())
        elif isinstance(part, (list, tuple)):
            waiting += part
    return parts


def items_of(value: Any) -> list[Any] | None:
    """The items of an observation that is a list, or the JSON text of one; None if it is neither."""
    inside = _structure(value)
    return list(inside) if isinstance(inside, (list, tuple)) else None


def _note(task_id: int, text: str, earlier: Container[int] | None, found: set[int]) -> str | None:
    if earlier is not None and task_id not in earlier:
        return text
    found.add(task_id)
    return None


def resolve(value: Any, lookup: Lookup, *, as_text: bool = False) -> Any:
    """Put observations in the places of references, in one pass: text out of an observation is never read again.

    Args:
        value: An argument as planned, or several.
        lookup: The observations by task id. It should hold those of the task's dependencies and no others: inside a
            longer text, `$N` without an observation is a price and stays.
        as_text: Give text where a value is only a reference; for parameters that are strings.

    Returns:
        The value with observations in it. What is only a reference gives the observation itself, with its type.

    Raises:
        ReferencePathError: A reference that is a whole value or written in braces leads to nothing.

    >>> resolve(["$1 metres", Reference(1)], {1: 8849})
    ['8849 metres', 8849]
    """
    if isinstance(value, str):
        return _resolve_text(value, lookup) if "$" in value else value
    if isinstance(value, Reference):
        found = _follow(value, lookup)
        return observation_text(found) if as_text else found
    if isinstance(value, list):
        return [resolve(item, lookup, as_text=as_text) for item in value]
    if isinstance(value, tuple):
        return tuple(resolve(item, lookup, as_text=as_text) for item in value)
    if isinstance(value, dict):
        return {
            resolve(key, lookup, as_text=True): resolve(item, lookup, as_text=as_text) for key, item in value.items()
        }
    return value


def _resolve_text(text: str, lookup: Lookup) -> str:
    def replace(match: re.Match[str]) -> str:
        if match["braced"]:
            written = match.group()
            reference = Reference(int(match["braced"]), _steps(match["braced_path"]), written)
            return observation_text(_follow(reference, lookup))
        try:
            observation = _observation(int(match["bare"]), lookup)
        except LookupError:
            return match.group()
        return _longest(observation, match["path"])

    return _REFERENCE.sub(replace, text)


def _longest(observation: Any, path: str) -> str:
    """The text of an observation, or of the part of it to which as much of `path` as possible leads."""
    end = 0
    for match in _STEP.finditer(path):
        try:
            observation = _enter(observation, _step(match))
        except LookupError:
            break
        end = match.end()
    return observation_text(observation) + path[end:]


def _observation(task_id: int, lookup: Lookup) -> Any:
    return lookup[task_id] if isinstance(lookup, Mapping) else lookup(task_id)


def _follow(reference: Reference, lookup: Lookup) -> Any:
    try:
        value = _observation(reference.id, lookup)
    except LookupError:
        raise ReferencePathError(str(reference), f"there is no observation of task {reference.id}") from None
    for step in reference.path:
        try:
            value = _enter(value, step)
        except LookupError as error:
            raise ReferencePathError(str(reference), f"at {step!r}, {error.args[0]}") from None
    return value


def _enter(value: Any, step: str | int) -> Any:
    """One step into an observation; a `LookupError` says what is there instead."""
    inside = _structure(value)
    if isinstance(inside, Mapping):
        for key in (step, str(step)):
            if key in inside:
                return inside[key]
        keys = [repr(key) for key in inside]
        listed = ", ".join(keys[:_SHOWN]) + (", ..." if len(keys) > _SHOWN else "")
        raise LookupError(f"the observation has {f'the keys {listed}' if keys else 'no keys'}")
    if isinstance(inside, (list, tuple)):
        if isinstance(step, int) and -len(inside) <= step < len(inside):
            return inside[step]
        raise LookupError(f"the observation has {len(inside)} items; write [0] for the first")
    raise LookupError(f"the observation is {_kind(value)} without parts")


def _structure(value: Any) -> Any:
    """What can be entered of a value: its keys or items, or the value itself if there is nothing to enter."""
    if isinstance(value, str):
        try:
            return json.loads(value) if value.lstrip()[:1] in ("{", "[") else value
        except (ValueError, RecursionError):
            return value
    if isinstance(value, type):
        return value
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(type(value), "model_fields"):
        return dict(value)
    return value


def _kind(value: Any) -> str:
    return "text" if isinstance(value, str) else "null" if value is None else f"a {type(value).__name__}"


def observation_text(value: Any) -> str:
    """An observation as text, as a model or a parameter that is a string is given it.

    Text stays as it is; all else becomes JSON, with letters of every script as they are.

    >>> observation_text("8849 m"), observation_text(None), observation_text({"höhe": 8849})
    ('8849 m', 'null', '{"höhe": 8849}')
    """
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain)
    except (TypeError, ValueError, RecursionError):
        return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if hasattr(type(value), "model_dump"):
        return value.model_dump(mode="json")
    return str(value)
