"""search: exact titles, nearest titles, latency, and how pages are cut."""

import asyncio
import gc
import statistics
import threading
import time

import pytest

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.tools.search import (
    PassageIndex,
    SearchResult,
    create_search_tool,
    first_sentence,
    seeded_latency,
)

PASSAGES = {
    "Mount Everest": "Mount Everest is 8,849 metres high. It stands in the Himalayas.",
    "Kilimanjaro": "Kilimanjaro, a volcano in Tanzania, is 5,895 metres high.",
    "São Paulo": "São Paulo is the largest city of Brazil.",
    "Mercury (planet)": "Mercury is the planet closest to the Sun.",
    "Mercury (element)": "Mercury is a metal that is liquid at room temperature.",
    "C": "C is a programming language.",
    "C++": "C++ is another.",
    "???": "A title of question marks.",
}


@pytest.fixture(scope="module")
def index() -> PassageIndex:
    return PassageIndex(PASSAGES)


async def reply(tool, query, is_async):
    call = {"query": query}
    return await tool.ainvoke(call) if is_async else await asyncio.to_thread(tool.invoke, call)


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("Mount Everest", "Mount Everest"),
        ("  mount-EVEREST!", "Mount Everest"),
        ("MountEverest", "Mount Everest"),
        ("Sao Paulo", "São Paulo"),
        ("mercury planet", "Mercury (planet)"),
        ("C++", "C++"),
        ("c", "C"),
        ("???", "???"),
    ],
)
async def test_a_title_is_found_whatever_its_case_punctuation_and_accents(index, query, title):
    assert await index.lookup(query) == SearchResult(title, PASSAGES[title])


def test_nearest_titles_are_ranked_with_titles_before_texts(index):
    assert index.find("mercury").near == ("Mercury (planet)", "Mercury (element)")
    assert index.find("mountains: Mount Everest or the Himalayas").near[0] == "Mount Everest"
    assert index.find("volcanoes").near == ("Kilimanjaro",)


def test_misspelt_titles_are_found_by_their_letters(index):
    assert index.find("Kilimanjarro").near == ("Kilimanjaro",)


def test_no_more_titles_are_named_than_asked_for():
    passages = {f"Lake {letter}": "A lake." for letter in "abcdefgh"}
    assert len(PassageIndex(passages).find("lake").near) == 5
    assert len(PassageIndex(passages, near=2).find("lake").near) == 2
    assert PassageIndex(passages, near=0).find("lake").near == ()


@pytest.mark.parametrize(
    "query",
    ['"', '" OR 1', "everest AND", "NEAR(a, b", "title:everest*", "a;--", "a-b", "'", "{x}: y", "\ud800", "", "\0"],
)
def test_no_query_is_read_as_syntax_of_the_full_text_search(index, query):
    assert index.find(query).text is None


def test_a_very_long_query_is_answered_at_once(index):
    started = time.perf_counter()
    assert index.find("word " * 100_000 + "everest").text is None
    assert time.perf_counter() - started < 5


def test_an_index_serves_many_threads(index):
    found, start = [], threading.Barrier(8)

    def look() -> None:
        start.wait()
        found.extend(index.find("himalayas").near for _ in range(50))

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [("Mount Everest",)] * 400


def test_an_index_closes_its_database_when_it_goes():
    index = PassageIndex({})
    database = index._database
    del index
    gc.collect()
    with pytest.raises(Exception, match="closed"):
        database.execute("SELECT 1")


@pytest.mark.parametrize("is_async", [True, False])
async def test_the_tool_gives_the_passage_or_names_titles(index, is_async):
    tool = create_search_tool(index)
    assert (tool.name, list(tool.args)) == ("search", ["query"])
    assert await reply(tool, "kilimanjaro", is_async) == PASSAGES["Kilimanjaro"]
    assert await reply(tool, "mercury", is_async) == (
        'Could not find "mercury". Similar titles: Mercury (planet), Mercury (element).'
    )
    assert await reply(tool, "zzzz", is_async) == 'Could not find "zzzz".'


async def test_the_sync_tool_also_works_inside_a_running_loop(index):
    assert create_search_tool(index).invoke({"query": "C"}) == PASSAGES["C"]


async def test_a_long_query_is_not_repeated_in_full(index):
    text = await create_search_tool(index).ainvoke({"query": "zzzz " * 100})
    assert len(text) < 200
    assert "zzzz …" in text


@pytest.mark.parametrize(
    ("limit", "one_sentence", "text"),
    [
        (None, False, PASSAGES["Mount Everest"]),
        (None, True, "Mount Everest is 8,849 metres high."),
        (1_000, False, PASSAGES["Mount Everest"]),
        (16, False, "Mount Everest is …"),
        (18, False, "Mount Everest is …"),
        (3, True, "Mou …"),
    ],
)
async def test_a_passage_is_cut_between_words(index, limit, one_sentence, text):
    tool = create_search_tool(index, char_limit=limit, one_sentence=one_sentence)
    assert await tool.ainvoke({"query": "Mount Everest"}) == text


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_that_leaves_nothing_is_refused(index, limit):
    with pytest.raises(ConfigurationError, match="char_limit"):
        create_search_tool(index, char_limit=limit)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Mt. Fuji is high. It is in Japan.", "Mt. Fuji is high."),
        ("The U.S. Navy was founded in 1775. It is large.", "The U.S. Navy was founded in 1775."),
        ("J. R. R. Tolkien wrote. He taught.", "J. R. R. Tolkien wrote."),
        ("It is 3.5 km long. It is wide.", "It is 3.5 km long."),
        ('He said "No!" Then he left.', 'He said "No!"'),
        ("No end", "No end"),
        ("One only.", "One only."),
    ],
)
def test_the_first_sentence_ends_where_a_reader_sees_it_end(text, first):
    assert first_sentence(text) == first


async def test_a_failing_back_end_is_not_hidden():
    class Broken:
        async def lookup(self, query: str) -> SearchResult:
            raise ConnectionError(f"no network for {query}")

    with pytest.raises(ConnectionError, match="no network for x"):
        await create_search_tool(Broken()).ainvoke({"query": "x"})


async def test_latency_is_the_time_of_the_whole_lookup(index, monkeypatch):
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("langgraph_llm_compiler.tools.search.asyncio.sleep", sleep)
    tool = create_search_tool(index, latency={"C": 2.0, "C++": 0.0}.__getitem__)
    await tool.ainvoke({"query": "C"})
    await tool.ainvoke({"query": "C++"})
    assert len(slept) == 1
    assert 1 < slept[0] < 2


def test_latencies_are_the_same_for_the_same_seed_and_query():
    queries = [f"query {number}" for number in range(2_001)]
    latencies = [seeded_latency(0.5, seed=3)(query) for query in queries]
    assert latencies == [seeded_latency(0.5, seed=3)(query) for query in reversed(queries)][::-1]
    assert latencies != [seeded_latency(0.5, seed=4)(query) for query in queries]
    assert statistics.median(latencies) == pytest.approx(0.5, rel=0.05)
    assert statistics.quantiles(latencies, n=20)[-1] == pytest.approx(0.965, rel=0.1)
    assert max(latencies) <= 1.5
    assert min(latencies) > 0.05


def test_a_latency_is_the_same_on_every_machine_and_version():
    assert seeded_latency()("Mount Everest") == pytest.approx(0.44771036542735454, rel=1e-9)


def test_no_latency_at_all_can_be_asked_for():
    assert seeded_latency(0)("anything") == 0


@pytest.mark.parametrize("median", [-0.1, float("nan"), float("inf")])
def test_a_latency_that_is_no_time_is_refused(median):
    with pytest.raises(ConfigurationError, match="latency"):
        seeded_latency(median)
