"""`search`: an exact title gives the passage, anything else the titles that come nearest.

The tool looks things up in a `SearchBackend`. `PassageIndex` is one over passages held in memory; a client of an
encyclopedia on the network is another.
"""

import asyncio
import hashlib
import math
import re
import sqlite3
import threading
import unicodedata
import weakref
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from difflib import get_close_matches
from statistics import NormalDist
from typing import Protocol

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from langgraph_llm_compiler.errors import ConfigurationError

DESCRIPTION = (
    "Looks one thing up in an encyclopedia. Takes the exact title of a page, for example a person, a place, a work or "
    "an organisation, and returns what the page says about it. For any other text it returns the titles that come "
    "nearest. Look up one thing per call, and never ask it a question."
)
QUERY = "The title of the page, such as the name of the thing itself"
NOT_FOUND = 'Could not find "{query}".'
SIMILAR = " Similar titles: {titles}."

_ECHO = 120  # characters of a query that are repeated to the model
_TERMS = 32  # words of a query that are searched for; the time of a full-text query grows with them
_SPREAD = 0.4  # sigma of the logarithm of a latency: 95 of 100 stay under 1.93 times the median
_LONGEST = 3.0  # times the median; no latency is longer

_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"[.!?][\"')\]”’]*(?=\s+[\"'(\[“‘]*[A-Z0-9])")
_ABBREVIATION = re.compile(r"(?:\b(?:[A-Za-z]|[Cc]a|cf|Dr|Jr|Mr|Mrs|Ms|Mt|No|Prof|Sr|St|vs|approx)|\.[A-Za-z])\.$")


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a back end knows about a query.

    Attributes:
        title: Title of the page that was found; `None` if there is no page of that title.
        text: What the page says; `None` likewise.
        near: Titles that come nearest, best first, if no page was found.
    """

    title: str | None = None
    text: str | None = None
    near: tuple[str, ...] = ()


class SearchBackend(Protocol):
    """Where `search` looks things up. Failures, such as those of a network, are raised and become the observation."""

    async def lookup(self, query: str) -> SearchResult:
        """Find the page of that title, or else the titles that come nearest."""
        ...


class SearchInput(BaseModel):
    """Arguments of `search`."""

    query: str = Field(description=QUERY)


class PassageIndex:
    """Passages in memory, with a full-text index (SQLite FTS5). May be used from several threads and event loops.

    A title matches whatever its case, punctuation, spaces and accents: `mount-everest` finds `Mount Everest`. Nearest
    titles are ranked by BM25, a word in the title counting ten times; if no word is known, by likeness of spelling.

    Args:
        passages: Text by title.
        near: How many titles are named, at most, when no title matches.

    Example:
        >>> import asyncio
        >>> index = PassageIndex({"Mount Everest": "Mount Everest is 8,849 metres high."})
        >>> asyncio.run(index.lookup("mount everest")).text
        'Mount Everest is 8,849 metres high.'
        >>> asyncio.run(index.lookup("height of Everest")).near
        ('Mount Everest',)
    """

    def __init__(self, passages: Mapping[str, str], *, near: int = 5) -> None:
        self._passages = dict(passages)
        self._titles: dict[str, str] = {}
        for title in self._passages:
            self._titles.setdefault(_key(title), title)
        self._near = near
        self._lock = threading.Lock()
        self._database = _index(self._passages)
        # An open connection that is collected is a ResourceWarning from Python 3.13 on.
        weakref.finalize(self, self._database.close)

    def find(self, query: str) -> SearchResult:
        """Look a title up, as `lookup` does, without an event loop."""
        title = query if query in self._passages else self._titles.get(_key(query))
        if title is not None:
            return SearchResult(title, self._passages[title])
        return SearchResult(near=self._ranked(query) or self._alike(query))

    async def lookup(self, query: str) -> SearchResult:
        """Find the passage of that title, or else the titles that come nearest. Takes well under a millisecond."""
        return self.find(query)

    def _ranked(self, query: str) -> tuple[str, ...]:
        # Each word is quoted, so that nothing in a query is read as an operator of FTS5.
        words = " OR ".join(f'"{word}"' for word in _WORD.findall(query)[:_TERMS])
        if not words:
            return ()
        select = "SELECT title FROM passages WHERE passages MATCH ? ORDER BY bm25(passages, 10, 1), rowid LIMIT ?"
        with self._lock:
            return tuple(title for (title,) in self._database.execute(select, (words, self._near)))

    def _alike(self, query: str) -> tuple[str, ...]:
        keys = get_close_matches(_key(query[:_ECHO]), self._titles, n=self._near) if self._near else []
        return tuple(self._titles[key] for key in keys)


def seeded_latency(median: float = 0.5, seed: int = 0) -> Callable[[str], float]:
    """Make up how long each look-up takes, as if over a network.

    Log-normal with sigma 0.4, cut off at three times the median: half of the look-ups take less than the median, 95 in
    100 less than 1.93 times that. The same seed and query always give the same latency.

    Args:
        median: Median in seconds; 0 for no latency at all.
        seed: Chooses one of many such assignments.

    Returns:
        A function from a query to seconds.

    Raises:
        ConfigurationError: `median` is negative or no number.

    Example:
        >>> latency = seeded_latency(0.5, seed=7)
        >>> latency("Mount Everest") == latency("Mount Everest")
        True
        >>> 0 < latency("Kilimanjaro") <= 1.5
        True
    """
    if not (math.isfinite(median) and median >= 0):
        raise ConfigurationError(f"the median latency is {median!r}; give it in seconds, 0 or more")

    def latency(query: str) -> float:
        # Not random.Random: its draws for a seed may change between versions of Python, and results are compared.
        digest = hashlib.sha256(f"{seed}:{query}".encode(errors="surrogatepass")).digest()
        uniform = (int.from_bytes(digest[:6]) + 0.5) / 2**48
        return median * min(math.exp(_SPREAD * NormalDist().inv_cdf(uniform)), _LONGEST)

    return latency


def create_search_tool(
    backend: SearchBackend,
    *,
    latency: Callable[[str], float] | None = None,
    char_limit: int | None = None,
    one_sentence: bool = False,
) -> BaseTool:
    """Make the tool `search(query: str) -> str`, sync and async.

    A page that is there gives its text; otherwise the reply is `Could not find "X". Similar titles: A, B, C.`

    Args:
        backend: Where to look things up.
        latency: Seconds that a look-up of a query takes at least, such as `seeded_latency()`; `None` adds nothing.
        char_limit: Longest text of a page, in characters; it is cut between words. `None` for all of it.
        one_sentence: Whether only the first sentence of a page is given.

    Raises:
        ConfigurationError: `char_limit` is not positive.

    Example:
        >>> search = create_search_tool(PassageIndex({"Kilimanjaro": "Kilimanjaro is 5,895 metres high."}))
        >>> search.invoke({"query": "kilimanjaro"})
        'Kilimanjaro is 5,895 metres high.'
        >>> search.invoke({"query": "Mount Kilimanjaro"})
        'Could not find "Mount Kilimanjaro". Similar titles: Kilimanjaro.'
    """
    if char_limit is not None and char_limit < 1:
        raise ConfigurationError(f"char_limit is {char_limit}; give a number of characters above 0, or None")

    async def search(query: str) -> str:
        clock = asyncio.get_running_loop().time
        until = clock() + (latency(query) if latency else 0)
        result = await backend.lookup(query)
        if (remaining := until - clock()) > 0:
            await asyncio.sleep(remaining)
        return _reply(query, result, char_limit, one_sentence)

    def search_in_thread(query: str) -> str:
        return _run(search(query))

    return StructuredTool(
        name="search", description=DESCRIPTION, args_schema=SearchInput, func=search_in_thread, coroutine=search
    )


def _reply(query: str, result: SearchResult, char_limit: int | None, one_sentence: bool) -> str:
    if result.text is None:
        reply = NOT_FOUND.format(query=_cut(query, _ECHO))
        return reply + SIMILAR.format(titles=", ".join(result.near)) if result.near else reply
    text = first_sentence(result.text) if one_sentence else result.text
    return text if char_limit is None else _cut(text, char_limit)


def first_sentence(text: str) -> str:
    """Give the first sentence; points of initials and of common abbreviations (`Mt. Fuji`, `U.S.`) do not end it."""
    for end in _SENTENCE_END.finditer(text):
        if not _ABBREVIATION.search(text, 0, end.start() + 1):
            return text[: end.end()]
    return text


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    # The last space may stand right after the limit: then the last word is complete.
    head = text[: limit + 1].rpartition(" ")[0] or text[:limit]
    return f"{head[:limit].rstrip()} …"


def _key(title: str) -> str:
    """Title without case, accents, punctuation and spaces; a title of punctuation alone keeps it."""
    letters = unicodedata.normalize("NFKD", title.casefold())
    return "".join(filter(str.isalnum, letters)) or letters.strip()


def _index(passages: Mapping[str, str]) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.execute("CREATE VIRTUAL TABLE passages USING fts5(title, text, tokenize='porter unicode61')")
    database.executemany("INSERT INTO passages VALUES (?, ?)", passages.items())
    return database


def _run(look_up: Coroutine[None, None, str]) -> str:
    """Run to the end, also where this thread's event loop is already running, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(look_up)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(copy_context().run, asyncio.run, look_up).result()
