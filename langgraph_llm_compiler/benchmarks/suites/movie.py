"""`movie`: Movie Recommendation as in the paper: which of four options is most like four films that somebody liked.

Eight look-ups that need nothing of each other, then one answer. Questions, passages and examples are our own, in the
format of the original dataset. `movie.json` is a simulator script too (docs/simulator.md): the simulated model takes
the option whose genres, as the passages name them, the four films share most. The first sentence of a passage names
them, so that they are still there where observations are cut to one sentence.
"""

from dataclasses import replace
from functools import cache

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool

from langgraph_llm_compiler.benchmarks import bundled
from langgraph_llm_compiler.benchmarks.suite import Suite, ToolSettings
from langgraph_llm_compiler.benchmarks.systems import Prompts
from langgraph_llm_compiler.prompts.joiner import OBSERVATION
from langgraph_llm_compiler.prompts.react import TURN
from langgraph_llm_compiler.simulator.player import ScriptedPlayer

__all__ = ["build_suite", "make_tools", "player"]

GUIDANCE = (
    "Choose the one option that is most like the four films in genre, tone and subject, even if none of them comes "
    "close. The answer is the name of that option, written exactly as in the question, and nothing else."
)
COMPLETION_GUIDANCE = (
    "The answer is always one of the four options, the one that is most like the four films: its name, written exactly "
    "as in the question, and nothing else."
)

_ASKED = """Question: Find a movie similar to Die Hard, Speed, The Fugitive, Mad Max
Options:
Bambi
The Piano
The Rock
Mamma Mia!
"""
_FOUND = {
    "Die Hard": "Die Hard is a 1988 action thriller film directed by John McTiernan.",
    "Speed": "Speed is a 1994 action thriller film directed by Jan de Bont.",
    "The Fugitive": "The Fugitive is a 1993 action thriller film directed by Andrew Davis.",
    "Mad Max": "Mad Max is a 1979 dystopian action film directed by George Miller.",
    "Bambi": "Bambi is a 1942 animated drama film directed by David Hand.",
    "The Piano": "The Piano is a 1993 historical romantic drama film directed by Jane Campion.",
    "The Rock": "The Rock is a 1996 action thriller film directed by Michael Bay.",
    "Mamma Mia!": "Mamma Mia! is a 2008 romantic musical comedy film directed by Phyllida Lloyd.",
}
_THOUGHTS = (
    "I have to know the four films before I can compare anything with them, and begin with Die Hard.",
    "An action thriller. The next of the four is Speed.",
    "Another one. The third is The Fugitive.",
    "Three action thrillers so far; Mad Max is left.",
    "So action is what they have in common. The first of the options is Bambi.",
    "Nothing like the four. The Piano comes next.",
    "A drama again. Now The Rock.",
    "That fits well, but Mamma Mia! has to be seen too.",
)
_DECISION = """\
Thought: The Rock is an action thriller like most of the four films, and no other option has action in it.
Action: Finish(The Rock)"""

_CALLS = [f'search("{title}")' for title in _FOUND]
_NUMBERED = [f"{number}. {call}" for number, call in enumerate(_CALLS, 1)]
_OBSERVED = [
    OBSERVATION.format(call=call, observation=text) for call, text in zip(_NUMBERED, _FOUND.values(), strict=True)
]
_TURNS = [
    TURN.format(thought=thought, call=call, observation=text)
    for thought, call, text in zip(_THOUGHTS, _CALLS, _FOUND.values(), strict=True)
]

EXAMPLES = ("\n".join([_ASKED.rstrip(), *_NUMBERED, f"{len(_CALLS) + 1}. join()<END_OF_PLAN>"]),)
JOINER_EXAMPLES = ("\n".join([_ASKED, *_OBSERVED, _DECISION]),)
REACT_EXAMPLES = ("".join([_ASKED, *_TURNS, _DECISION]),)

CHAT = Prompts(examples=EXAMPLES, joiner_examples=JOINER_EXAMPLES, react_examples=REACT_EXAMPLES, guidance=GUIDANCE)
COMPLETION = replace(CHAT, guidance=COMPLETION_GUIDANCE, char_limit=400, one_sentence=True)
"""As in the paper, whose open models had no room for more of eight pages."""


def make_tools(model: BaseChatModel | None, settings: ToolSettings | None = None) -> list[BaseTool]:
    """Makes `search`, over the suite's passages unless the settings name another back end.

    Args:
        model: Not asked: no tool of this suite needs one.
        settings: Where `search` looks things up, how long that takes, and how much of a page it gives.
    """
    return [bundled.make_search(settings or ToolSettings(), "movie_passages.json")]


@cache
def build_suite() -> Suite:
    """Gives the suite; its files are read on the first call."""
    return bundled.paper_suite(
        __name__,
        bundled.read("movie.json"),
        description="Movie Recommendation: which of four options is most like four films; questions of our own",
        make_tools=make_tools,
        prompts={"chat": CHAT, "completion": COMPLETION},
        dataset="movie_recommendations_formatted",
    )


def player() -> ScriptedPlayer:
    """Makes the simulator's player of the suite."""
    return ScriptedPlayer(bundled.script("movie.json"))
