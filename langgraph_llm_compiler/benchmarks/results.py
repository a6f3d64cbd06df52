"""Results files in the format of the original LLMCompiler: `{id: {question, label, answer, time, stats}}`.

A file is replaced as a whole after each question, so that it is complete whenever the process dies.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NotRequired

from typing_extensions import TypedDict

from langgraph_llm_compiler.errors import ConfigurationError

FAILED = "ERROR"
"""The answer that is stored for a question whose run failed."""


class Entry(TypedDict):
    """What became of one question.

    `time` is in seconds; `stats` holds calls and tokens per node and in total; `error` stands beside the answer `ERROR`
    only.
    """

    question: str
    label: str
    answer: str
    time: float
    stats: dict[str, Any]
    error: NotRequired[str]


class ResultStore(Mapping[str, Entry]):
    """Entries by question id, kept in a file if a path is given.

    Args:
        path: The results file; read if it exists, so that a run goes on where an earlier one stopped. Without one the
            entries live in memory only.

    Raises:
        ConfigurationError: If the file exists and is no results file, or its folder does not exist.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._entries = _read(path) if path else {}

    def __getitem__(self, key: str) -> Entry:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def answered(self, key: str) -> bool:
        """Whether this question has an answer; one that failed is to be asked again."""
        return key in self._entries and "error" not in self._entries[key] and self._entries[key]["answer"] != FAILED

    def add(self, key: str, entry: Entry) -> None:
        """Keep an entry; when this returns, the file holds it.

        Raises:
            OSError: If the file cannot be written; it then still holds what it held.
        """
        self._entries[key] = entry
        if self.path:
            _replace(self.path, json.dumps(self._entries, indent=2, ensure_ascii=False) + "\n")


def _read(path: Path) -> dict[str, Entry]:
    if not path.parent.is_dir():
        raise ConfigurationError(f"the folder {str(path.parent)!r} of the results file does not exist; create it first")
    if path.is_dir():
        raise ConfigurationError(f"{str(path)!r} is a folder; --store takes a file")
    if not path.exists():
        return {}
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigurationError(f"{str(path)!r} is no results file ({error}); give another path to --store") from None
    if not isinstance(entries, dict) or not all(_is_entry(entry) for entry in entries.values()):
        raise ConfigurationError(
            f"{str(path)!r} is no results file: it must hold one object of id -> question, label, answer, time;"
            " give another path to --store"
        )
    return entries


def _is_entry(entry: object) -> bool:
    return isinstance(entry, dict) and {"question", "label", "answer", "time"} <= entry.keys()


def _replace(path: Path, text: str) -> None:
    """Write beside the file and rename: a reader, or a crash, meets the old file or the new one, never half of one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
