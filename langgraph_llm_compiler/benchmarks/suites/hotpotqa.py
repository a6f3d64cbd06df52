"""`hotpotqa`: questions that compare two things, in the manner of HotpotQA's comparison questions.

Two look-ups that do not need each other, then an answer: yes, no, or one of the two names. The bundled questions,
plans and passages were written for this package, and so were the in-context examples; nothing is taken from the
dataset or from an encyclopedia. As in the paper, the planner is shown three examples, and there are no replans.
"""

from dataclasses import replace
from functools import cache

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool

from langgraph_llm_compiler.benchmarks import bundled
from langgraph_llm_compiler.benchmarks.suite import Suite, ToolSettings
from langgraph_llm_compiler.benchmarks.systems import Prompts
from langgraph_llm_compiler.simulator.player import ScriptedPlayer

__all__ = ["build_suite", "make_tools", "player"]

GUIDANCE = "Every answer is yes or no, or else the name alone, spelt as in the question."
EXAMPLES = (
    """Question: Were Galileo Galilei and Johannes Kepler of the same nationality?
1. search("Galileo Galilei")
2. search("Johannes Kepler")
3. join()<END_OF_PLAN>""",
    """Question: Which mountain is higher, Ben Nevis or Snowdon?
1. search("Ben Nevis")
2. search("Snowdon")
3. join()<END_OF_PLAN>""",
    """Question: Are the cities of Palermo and Bologna in the same country?
1. search("Palermo")
2. search("Bologna")
3. join()<END_OF_PLAN>""",
)
JOINER_EXAMPLES = (
    """Question: Were Galileo Galilei and Johannes Kepler of the same nationality?

1. search("Galileo Galilei")
Observation: Galileo Galilei was an Italian astronomer, born in Pisa in 1564.
2. search("Johannes Kepler")
Observation: Johannes Kepler was a German astronomer, born in Weil der Stadt in 1571.
Thought: Galileo was Italian and Kepler was German.
Action: Finish(no)""",
    """Question: Which mountain is higher, Ben Nevis or Snowdon?

1. search("Ben Nevis")
Observation: Ben Nevis is a mountain in Scotland, 1,345 metres high.
2. search("Snowdon")
Observation: Snowdon is a mountain in Wales, 1,085 metres high.
Thought: Ben Nevis has 1,345 metres and Snowdon has 1,085.
Action: Finish(Ben Nevis)""",
    """Question: Are the cities of Palermo and Bologna in the same country?

1. search("Palermo")
Observation: Palermo is the capital of Sicily, an island of Italy.
2. search("Bologna")
Observation: Bologna is a city in the north of Italy.
Thought: Palermo is in Italy, and Bologna is too.
Action: Finish(yes)""",
)
REACT_EXAMPLES = (
    """Question: Were Galileo Galilei and Johannes Kepler of the same nationality?
Thought: I need the nationality of both, and begin with Galileo.
Action: search("Galileo Galilei")
Observation: Galileo Galilei was an Italian astronomer, born in Pisa in 1564.
Thought: Galileo was Italian. Now I need to know what Kepler was.
Action: search("Johannes Kepler")
Observation: Johannes Kepler was a German astronomer, born in Weil der Stadt in 1571.
Thought: Galileo was Italian and Kepler was German, so the answer is no.
Action: Finish(no)""",
    """Question: Which mountain is higher, Ben Nevis or Snowdon?
Thought: I have to look up how high both mountains are.
Action: search("Ben Nevis")
Observation: Ben Nevis is a mountain in Scotland, 1,345 metres high.
Thought: Ben Nevis has 1,345 metres. Next comes Snowdon.
Action: search("Snowdon")
Observation: Snowdon is a mountain in Wales, 1,085 metres high.
Thought: With 1,345 metres to 1,085 metres, Ben Nevis is the higher one.
Action: Finish(Ben Nevis)""",
    """Question: Are the cities of Palermo and Bologna in the same country?
Thought: I look up one city after the other to see which country it is in.
Action: search("Palermo")
Observation: Palermo is the capital of Sicily, an island of Italy.
Thought: Palermo is in Italy. I still need the country of Bologna.
Action: search("Bologna")
Observation: Bologna is a city in the north of Italy.
Thought: Both are in Italy, so the answer is yes.
Action: Finish(yes)""",
)


def make_tools(model: BaseChatModel | None, settings: ToolSettings | None = None) -> list[BaseTool]:
    """Makes `search`, over the suite's passages, which is all that these questions need.

    Args:
        model: Not used.
        settings: Where `search` looks things up, and how long that takes.
    """
    return [bundled.make_search(settings or ToolSettings(), "hotpotqa_passages.json")]


@cache
def build_suite() -> Suite:
    """Gives the suite; its files are read on the first call."""
    prompts = Prompts(
        examples=EXAMPLES, joiner_examples=JOINER_EXAMPLES, react_examples=REACT_EXAMPLES, guidance=GUIDANCE
    )
    return bundled.paper_suite(
        __name__,
        bundled.read("hotpotqa.json"),
        description="Comparison questions of our own in the manner of HotpotQA, over bundled passages",
        make_tools=make_tools,
        prompts={"chat": prompts, "completion": replace(prompts, char_limit=bundled.SHORT)},
        dataset="hotpotqa_comparison",
    )


def player() -> ScriptedPlayer:
    """Makes the simulator's player of the suite."""
    return ScriptedPlayer(bundled.script("hotpotqa.json"))
