"""Finds the tool that a plan means by a name."""

from collections.abc import Collection
from typing import Final, NamedTuple

_MAP: Final = ".map"
_PREFIXES: Final = ("functions.", "tools.")
"""What models that were trained on tool calling put before a name."""


class ToolName(NamedTuple):
    """What a name in a plan means.

    Attributes:
        name: The tool's name; as written where there is no such tool.
        is_map: Whether `.map` stood behind it.
        known: Whether there is such a tool.
    """

    name: str
    is_map: bool
    known: bool


class ToolNames:
    """The names of the tools there are; None stands for any."""

    def __init__(self, names: Collection[str] | None) -> None:
        self.any = names is None
        self.all = frozenset(names or ())
        self._alike: dict[str, str | None] = {}
        for name in sorted(self.all):
            key = _fold(name)
            self._alike[key] = None if key in self._alike else name
        self._found: dict[str, ToolName] = {}

    def has(self, name: str) -> bool:
        """Whether there certainly is a tool of exactly this name."""
        return name in self.all

    def find(self, written: str) -> ToolName:
        """The tool that is meant. A name with dots wins over `.map`, an exact one over one that is spelt alike."""
        found = self._found.get(written)
        if found is None:
            found = self._found[written] = self._find(written.replace("\\", ""))
        return found

    def _find(self, name: str) -> ToolName:
        stem = name.removesuffix(_MAP)
        mapped = stem != name
        if self.any:
            return ToolName(stem, mapped, known=True)
        for candidate, is_map in ((name, False), (stem, mapped)):
            tool = self._match(candidate)
            if tool is not None:
                return ToolName(tool, is_map, known=True)
        return ToolName(stem, mapped, known=False)

    def _match(self, name: str) -> str | None:
        if name in self.all:
            return name
        alike = self._alike.get(_fold(name))
        for prefix in _PREFIXES:
            if alike is None and name.startswith(prefix):
                alike = self._match(name.removeprefix(prefix))
        return alike


def _fold(name: str) -> str:
    return name.casefold().replace("-", "_")
