"""Wikipedia as a back end of `search`: what is found, what is kept in the cache, and whole runs."""

import asyncio
import json

import pytest

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.tools.search import SearchResult, create_search_tool
from langgraph_llm_compiler.tools.wikipedia import SearchError, Wikipedia
from tests.support import Gate, ask, both, create_llm_compiler, errors, finish, observations, plan, scripted
from tests.tools.mediawiki_faults import body, status
from tests.tools.mediawiki_server import EVEREST, KILIMANJARO, MediaWikiServer, make_wiki


def nearest(title: str, text: str) -> SearchResult:
    return SearchResult(title, f'The nearest page is "{title}": {text}')


# --- what is found ---


@pytest.mark.parametrize(
    ("query", "title", "text"),
    [
        ("Mount Everest", "Mount Everest", EVEREST),
        (" mount_ Everest\n", "Mount Everest", EVEREST),
        ("mount EVEREST", "Mount Everest", EVEREST),
        ("Mt. Everest", "Mount Everest", EVEREST),
        ("São Paulo", "São Paulo", "São Paulo is the largest city of Brazil."),
        ("sao paulo", "São Paulo", "São Paulo is the largest city of Brazil."),
        ("AT&T", "AT&T", "AT&T is a company."),
        ("What? 100% = 1+1/2", "What? 100% = 1+1/2", "It is a title of signs."),
        ("AC/DC", "AC/DC", "AC/DC are a band."),
        ("Void", "Void", 'The page "Void" has no introduction.'),
    ],
)
async def test_the_page_of_a_title_gives_its_first_paragraph(wikipedia, query, title, text):
    assert await wikipedia().lookup(query) == SearchResult(title, text)


async def test_a_redirect_that_a_search_names_makes_a_title_exact(server, wikipedia):
    server.wiki.found["nasa usa"] = [
        {"ns": 0, "title": "Kilimanjaro"},
        {"ns": 0, "title": "NASA", "redirecttitle": "NASA USA"},
    ]
    assert await wikipedia().lookup("nasa usa") == SearchResult("NASA", "NASA flies to the Moon.")


async def test_of_a_missing_title_the_nearest_page_is_given_and_named(server, wikipedia):
    assert await wikipedia().lookup("height of Kilimanjaro") == nearest("Kilimanjaro", KILIMANJARO)
    assert [("titles" in each, each.get("srsearch")) for each in server.asked] == [
        (True, None),
        (False, "height of Kilimanjaro"),
        (True, None),
    ]


async def test_titles_are_named_where_nothing_is_to_be_followed(server, wikipedia):
    found = [f"Mountain {number}" for number in range(9)]
    server.wiki.found["height of mountains"] = [{"ns": 0, "title": title} for title in found]
    backend = wikipedia(follow_nearest=False)
    assert await backend.lookup("height of mountains") == SearchResult(near=tuple(found[:5]))
    assert (await wikipedia(follow_nearest=False, near=2).lookup("height of mountains")).near == tuple(found[:2])
    assert await backend.lookup("mount EVEREST") == SearchResult("Mount Everest", EVEREST)


async def test_a_nearest_page_that_is_none_gives_way_to_the_next(server, wikipedia):
    hits = ["Missing one", "Kilimanjaro", "Mount Everest"]
    server.wiki.found["mountains"] = [{"ns": 0, "title": title} for title in hits]
    assert await wikipedia().lookup("mountains") == nearest("Kilimanjaro", KILIMANJARO)
    server.wiki.found["hills"] = [{"ns": 0, "title": title} for title in ["Missing", "Missing too", "Kilimanjaro"]]
    assert await wikipedia().lookup("hills") == SearchResult(near=("Missing", "Missing too", "Kilimanjaro"))


async def test_a_page_that_only_the_search_still_has_is_passed_over(server, wikipedia):
    server.wiki.found["deleted"] = [{"ns": 0, "title": "Deleted"}, {"ns": 0, "title": "Kilimanjaro"}]
    assert await wikipedia().lookup("deleted") == nearest("Kilimanjaro", KILIMANJARO)


async def test_nothing_at_all_is_found(wikipedia):
    assert await wikipedia().lookup("zzzz") == SearchResult()
    assert await wikipedia().lookup("???") == SearchResult()


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("The Fugitive", "The Fugitive (1993 film)"),
        ("the fugitive", "The Fugitive (1993 film)"),
        ("The Fugitive movie", "The Fugitive (1993 film)"),
        ("The Fugitive (1963 TV series", "The Fugitive (1963 TV series)"),
        ("fugitive kind", "The Fugitive Kind"),
        ("The Fugitive, 1993", "The Fugitive (1993 film)"),
        ("the fugitive 1963 tv series", "The Fugitive (1963 TV series)"),
    ],
)
async def test_films_come_first_among_pages_of_a_name_and_only_there(server, wikipedia, query, title):
    everything = [{"ns": 0, "title": each} for each in sorted(make_wiki().articles, reverse=True) if "Fug" in each]
    hits = [{"ns": 0, "title": "The Fugitive"}] if query.casefold() == "the fugitive" else []
    server.wiki.found[query] = [*hits, *everything]
    assert (await wikipedia().lookup(query)).title == title


async def test_a_title_of_the_same_signs_comes_before_one_of_the_same_letters(server, wikipedia):
    server.wiki.articles |= {"Rocknroll": "One.", "RocknRoll!": "Two."}
    server.wiki.found["rocknroll!"] = [{"ns": 0, "title": title} for title in ("Rocknroll", "RocknRoll!")]
    assert await wikipedia().lookup("rocknroll!") == SearchResult("RocknRoll!", "Two.")


async def test_meanings_are_those_that_are_linked_first_those_that_are_searched_for(server, wikipedia):
    hits = ["The Fugitive", "The Fugitive Kind", "The Fugitive (1963 TV series)"]
    server.wiki.found["The Fugitive"] = [{"ns": 0, "title": title} for title in hits]
    backend = wikipedia(follow_nearest=False, prefer=())
    assert (await backend.lookup("The Fugitive")).near == (
        "The Fugitive (1963 TV series)",
        "The Fugitive (1993 film)",
        "Fugitive (album)",
        "The Fugitive Kind",
    )
    assert (await wikipedia(follow_nearest=False).lookup("The Fugitive")).near[0] == "The Fugitive (1993 film)"


async def test_a_page_without_a_single_meaning_is_searched_for(server, wikipedia):
    server.wiki.found["Nothing but meanings"] = [{"ns": 0, "title": "Kilimanjaro"}]
    assert await wikipedia().lookup("Nothing but meanings") == nearest("Kilimanjaro", KILIMANJARO)


async def test_a_list_of_meanings_that_is_not_marked_as_one_is_seen(server, wikipedia):
    server.wiki.articles["Peak"] = "Peak or Peaks may refer to:\nA mountain\nA high price"
    server.wiki.found["Peak"] = [{"ns": 0, "title": "Kilimanjaro"}]
    assert await wikipedia().lookup("Peak") == nearest("Kilimanjaro", KILIMANJARO)


async def test_a_named_page_survives_cutting_to_one_sentence(server, wikipedia):
    server.wiki.found["Mother movie"] = [{"ns": 0, "title": "Mother! (2017 film)"}]
    tool = create_search_tool(wikipedia(), one_sentence=True)
    assert await tool.ainvoke({"query": "Mother movie"}) == (
        'The nearest page is "Mother!_(2017_film)": Mother! is a film of 2017.'
    )
    assert await tool.ainvoke({"query": "Mount Everest"}) == "Mount Everest is 8,849 metres high."


@pytest.mark.parametrize(
    "query",
    ["", "  \n", "\0", "a\x07b", "\ud800", "x" * 256, "é" * 128, "word " * 10_000, "a\ufffd"],
)
async def test_what_can_be_no_title_is_not_found_without_a_request(server, wikipedia, query):
    assert await wikipedia().lookup(query) == SearchResult()
    assert server.requests == []


@pytest.mark.parametrize(
    "query",
    ["A|B", "C#syntax", "C#", ":C", "A[b", "{{C}}", "<C>", "Special:Random", "fr:Mount Everest", "Talk:C", "Shortcut"],
)
async def test_what_reads_as_something_else_gives_no_other_page(server, wikipedia, query):
    result = await wikipedia().lookup(query)
    assert (result.title, result.text) == (None, None)
    assert all("|" not in each.get("titles", "") for each in server.asked)


async def test_titles_are_still_named_for_what_reads_as_something_else(wikipedia):
    assert (await wikipedia().lookup("C # Kilimanjaro")).near == ("Kilimanjaro", "C")
    assert (await wikipedia().lookup("Talk:C Kilimanjaro")).near == ("Kilimanjaro", "C")


async def test_a_redirect_that_leads_nowhere_is_missing(wikipedia):
    assert await wikipedia().lookup("Gone") == SearchResult()


async def test_hits_outside_the_articles_are_left_out(server, wikipedia):
    server.wiki.found["everest"] = [{"ns": 1, "title": "Talk:Everest"}]
    assert await wikipedia().lookup("everest") == SearchResult()


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ('"quoted" -minus !not word', "quoted minus not word"),
        ("insource:/x/ a* ~b \\c", "insource /x/ a b c"),
        ("Talk:Rock AND NOT Roll OR", "Talk Rock and not Roll or"),
        ("Spider-Man - Far: Home!", "Spider-Man - Far: Home!"),
    ],
)
async def test_nothing_in_a_query_is_an_operator_of_the_search(server, wikipedia, query, text):
    await wikipedia().lookup(query)
    assert [each["srsearch"] for each in server.asked if "srsearch" in each] == [text]


async def test_halves_of_signs_do_not_reach_the_model_or_the_cache(server, wikipedia, tmp_path):
    page = {"ns": 0, "title": "Half \ud83d", "extract": "A text with half a sign \ud83d in it."}
    server.faults.append(body({"batchcomplete": True, "query": {"pages": [page]}}))
    result = await wikipedia(cache=tmp_path / "c").lookup("Half")
    assert result == SearchResult("Half ?", "A text with half a sign ? in it.")


# --- the cache ---

QUERIES = ["Mount Everest", "mount EVEREST", "The Fugitive", "zzzz", "C#", "height of Kilimanjaro", "", "São Paulo"]


async def everything(backend: Wikipedia) -> bytes:
    """Observations of all queries, as the model would see them."""
    tool = create_search_tool(backend)
    return json.dumps([await tool.ainvoke({"query": query}) for query in QUERIES]).encode()


async def test_a_rerun_repeats_every_byte_without_a_network(tmp_path, naps):
    with MediaWikiServer(make_wiki()) as server:
        first = await everything(Wikipedia(server.url, cache=tmp_path / "pages.sqlite"))
        requests = len(server.requests)
        server.wiki.articles["Mount Everest"] = "It has grown."
        assert await everything(Wikipedia(server.url, cache=tmp_path / "pages.sqlite")) == first
        assert len(server.requests) == requests
    assert await everything(Wikipedia(server.url, cache=tmp_path / "pages.sqlite")) == first
    assert await everything(Wikipedia(server.url, cache=str(tmp_path / "pages.sqlite"), offline=True)) == first
    assert list(tmp_path.iterdir()) == [tmp_path / "pages.sqlite"]


async def test_nothing_is_sent_offline(server, wikipedia, tmp_path):
    path = tmp_path / "pages.sqlite"
    await wikipedia(cache=path).lookup("A")
    server.requests.clear()
    offline = wikipedia(cache=path, offline=True)
    assert (await offline.lookup(" A ")).title == "A"
    with pytest.raises(SearchError, match=r'"C" is not in the search cache .*pages.sqlite.*--search-offline allows no'):
        await offline.lookup("C")
    assert server.requests == []


async def test_errors_are_not_kept(server, wikipedia, tmp_path):
    backend = wikipedia(cache=tmp_path / "pages.sqlite")
    server.faults.append(status(404))
    with pytest.raises(SearchError):
        await backend.lookup("A")
    assert (await backend.lookup("A")).title == "A"


async def test_results_of_another_wiki_or_of_other_settings_are_not_taken(server, wikipedia, tmp_path):
    path = tmp_path / "pages.sqlite"
    await wikipedia(cache=path).lookup("A")
    for settings in ({"near": 3}, {"follow_nearest": False}, {"prefer": ("book",)}):
        with pytest.raises(SearchError, match="not in the search cache"):
            await wikipedia(cache=path, offline=True, **settings).lookup("A")
    with pytest.raises(SearchError, match="not in the search cache"):
        await Wikipedia("https://de.wikipedia.org/w/api.php", cache=path, offline=True).lookup("A")
    with_password = Wikipedia(server.url.replace("//", "//me:secret@"), cache=path, offline=True)
    assert (await with_password.lookup("A")).title == "A"
    assert b"secret" not in path.read_bytes()


async def test_two_runs_that_look_the_same_thing_up_end_with_the_same(server, wikipedia, tmp_path):
    server.gate = Gate()
    first, second = (wikipedia(cache=tmp_path / "pages.sqlite") for _ in range(2))
    page = {"ns": 0, "title": "A", "extract": "A has been rewritten since."}
    server.faults.extend([None, body({"query": {"pages": [page]}})])
    async with asyncio.TaskGroup() as group:
        lookups = [group.create_task(backend.lookup("A")) for backend in (first, second)]
        await server.until(lambda: server.here == 2)
        server.gate.open()
    one, two = (each.result() for each in lookups)
    assert one == two


def test_offline_needs_a_file(tmp_path):
    with pytest.raises(ConfigurationError, match="add --search-cache FILE"):
        Wikipedia(offline=True)
    with pytest.raises(ConfigurationError, match=r"missing.sqlite' is not there; run once without --search-offline"):
        Wikipedia(cache=tmp_path / "missing.sqlite", offline=True)


def test_a_file_that_is_no_cache_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("not a database, but notes" * 50)
    with pytest.raises(ConfigurationError, match=r"notes.txt' is no search cache"):
        Wikipedia(cache=tmp_path / "notes.txt")


# --- in a graph ---


@both
def test_a_graph_searches_on_wikipedia(server, wikipedia, invoke):
    calls = plan('search("Mount Everest")', 'search("Kilimanjaro")', 'search("zzzz")')
    tools = [create_search_tool(wikipedia(), char_limit=30)]
    out = invoke(create_llm_compiler(scripted(calls, finish("done")), tools), ask())
    assert observations(out) == {
        1: "Mount Everest is 8,849 metres …",
        2: "Kilimanjaro is 5,895 metres …",
        3: 'Could not find "zzzz".',
    }


@both
def test_a_failed_search_is_an_observation(server, wikipedia, invoke):
    server.always = status(404)
    tools = [create_search_tool(wikipedia())]
    out = invoke(create_llm_compiler(scripted(plan('search("A")'), finish("done")), tools), ask())
    assert "refuses with HTTP 404" in errors(out)[1]
