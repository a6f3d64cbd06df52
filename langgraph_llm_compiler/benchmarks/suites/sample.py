"""`sample`: questions in the style of ParallelQA, with passages, plans and answer rules of our own.

Nothing here is taken from a dataset or an encyclopedia: the questions, the plans and the passages were written for
this package, and the figures are well-known facts. `sample.json` is a simulator script too (docs/simulator.md): its
`label`, `kind` and `branch` are what the benchmark needs, all else is what the simulator plays.
"""

from functools import cache, partial

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool

from langgraph_llm_compiler.benchmarks import bundled
from langgraph_llm_compiler.benchmarks.scoring import score
from langgraph_llm_compiler.benchmarks.suite import Suite, ToolSettings
from langgraph_llm_compiler.benchmarks.systems import Prompts
from langgraph_llm_compiler.simulator.chat import ChatPlayer
from langgraph_llm_compiler.simulator.player import ScriptedPlayer
from langgraph_llm_compiler.tools.math import create_math_tool

__all__ = ["build_suite", "chat_player", "expression_player", "make_tools", "player"]

TOLERANCE = 0.01
"""Share of a numeric label that an answer may be off by: rounding is forgiven, another figure is not."""

JOINER_GUIDANCE = (
    "Give the answer alone: a name, yes or no, or a number in digits, without its unit, without thousands separators, "
    "and rounded to two decimals."
)
EXAMPLES = (
    """Question: How many metres lie between the heights of Mont Blanc and the Zugspitze?
1. search("Mont Blanc")
2. search("Zugspitze")
3. math("height of Mont Blanc - height of the Zugspitze in metres", ["$1", "$2"])
4. join()<END_OF_PLAN>""",
    """Question: If the Loire were 10 percent longer and the Elbe 20 percent shorter, which would be the longer one?
1. search("Loire")
2. math("1.1 times the length of the Loire in kilometres", ["$1"])
3. search("Elbe")
4. math("0.8 times the length of the Elbe in kilometres", ["$3"])
5. join()<END_OF_PLAN>""",
    """Question: Mars has one diameter and Venus another, and so have Io and Europa. What is the greater \
ratio: that of the two planets, or that of the two moons, each time the larger one divided by the smaller one?
1. search("Mars")
2. search("Venus")
3. math("diameter of Venus / diameter of Mars", ["$1", "$2"])
4. search("Io")
5. search("Europa")
6. math("diameter of Io / diameter of Europa", ["$4", "$5"])
7. math("max($3, $6)")
8. join()<END_OF_PLAN>""",
)
REACT_EXAMPLES = (
    """Question: How many metres lie between the heights of Mont Blanc and the Zugspitze?
Thought: I need both heights, and begin with that of Mont Blanc.
Action: search("Mont Blanc")
Observation: Mont Blanc, on the border between France and Italy, is 4,806 metres high.
Thought: Now I need the height of the Zugspitze.
Action: search("Zugspitze")
Observation: The Zugspitze in Bavaria is 2,962 metres high.
Thought: I know both heights and can subtract one from the other.
Action: math("height of Mont Blanc - height of the Zugspitze in metres", ["Mont Blanc is 4,806 metres \
high", "The Zugspitze is 2,962 metres high"])
Observation: 1844
Thought: That is the difference which the question asks for.
Action: Finish(1844)""",
)


def make_tools(model: BaseChatModel | None, settings: ToolSettings | None = None) -> list[BaseTool]:
    """Makes `search`, over the suite's passages, and `math`.

    Args:
        model: Asked by `math` for an expression where a problem is put in words.
        settings: Where `search` looks things up, and how long that takes.
    """
    search = bundled.make_search(settings or ToolSettings(), "sample_passages.json")
    return [search, create_math_tool(model)]


@cache
def build_suite() -> Suite:
    """Gives the suite; its files are read on the first call."""
    return Suite(
        name="sample",
        description="Questions of our own in the style of ParallelQA, over bundled passages",
        questions=bundled.questions(bundled.read("sample.json")),
        make_tools=make_tools,
        scorer=partial(score, tolerance=TOLERANCE),
        prompts={"chat": Prompts(examples=EXAMPLES, react_examples=REACT_EXAMPLES, guidance=JOINER_GUIDANCE)},
        max_replans=2,
        player=f"{__name__}:player",
        search=True,
    )


def player() -> ScriptedPlayer:
    """Makes the simulator's player of the suite."""
    return ScriptedPlayer(bundled.script("sample.json"))


def chat_player() -> ChatPlayer:
    """Makes one that tells in words what it does not know."""
    return ChatPlayer(player())


def expression_player() -> ScriptedPlayer:
    """Makes one whose agents write finished expressions for `math`, as a strong model might."""
    return ScriptedPlayer(bundled.script("sample.json"), agent_math="expression")
