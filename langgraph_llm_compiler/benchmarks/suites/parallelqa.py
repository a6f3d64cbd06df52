"""`parallelqa`: arithmetic over what is looked up about two to five things, in the manner of ParallelQA.

The bundled questions are those of the sample suite that are answered by one plan and ask nothing about earlier turns.
As in the paper, the planner is shown five examples, all of them ours, answers in numbers may be off by 10 percent,
and there are no replans. Examples hand observations to `math` as context, and hold no figure that was not looked up.
"""

from dataclasses import replace
from functools import cache
from typing import Any

from langgraph_llm_compiler.benchmarks import bundled
from langgraph_llm_compiler.benchmarks.suite import Suite
from langgraph_llm_compiler.benchmarks.suites import sample
from langgraph_llm_compiler.benchmarks.suites.sample import make_tools
from langgraph_llm_compiler.benchmarks.systems import Prompts
from langgraph_llm_compiler.simulator.player import ScriptedPlayer
from langgraph_llm_compiler.simulator.script import parse_script

__all__ = ["build_suite", "make_tools", "player"]

GUIDANCE = (
    "Every answer stands alone: a name, yes or no, or a number in digits, without its unit, without thousands "
    "separators, and rounded to two decimals."
)
EXAMPLES = (
    *sample.EXAMPLES,
    """Question: What is the average area, in square kilometres, of Lake Geneva, Lake Constance, Lake Neuchâtel and \
Lake Lugano?
1. search("Lake Geneva")
2. search("Lake Constance")
3. search("Lake Neuchâtel")
4. search("Lake Lugano")
5. math("average area in square kilometres of Lake Geneva, Lake Constance, Lake Neuchâtel and Lake Lugano", \
["$1", "$2", "$3", "$4"])
6. join()<END_OF_PLAN>""",
    """Question: Which was opened closest to the year 1900: the Suez Canal, the Panama Canal or the Kiel Canal?
1. search("Suez Canal")
2. math("difference between 1900 and the year in which the Suez Canal was opened", ["$1"])
3. search("Panama Canal")
4. math("difference between 1900 and the year in which the Panama Canal was opened", ["$3"])
5. search("Kiel Canal")
6. math("difference between 1900 and the year in which the Kiel Canal was opened", ["$5"])
7. join()<END_OF_PLAN>""",
)
JOINER_EXAMPLES = (
    """Question: How many metres lie between the heights of Mont Blanc and the Zugspitze?

1. search("Mont Blanc")
Observation: Mont Blanc, on the border between France and Italy, is 4,806 metres high.
2. search("Zugspitze")
Observation: The Zugspitze in Bavaria is 2,962 metres high.
3. math("height of Mont Blanc - height of the Zugspitze in metres", ["$1", "$2"])
Observation: 1844
Thought: The heights differ by 1844 metres.
Action: Finish(1844)""",
    """Question: Which was opened closest to the year 1900: the Suez Canal, the Panama Canal or the Kiel Canal?

1. search("Suez Canal")
Observation: The Suez Canal was opened in 1869.
2. math("difference between 1900 and the year in which the Suez Canal was opened", ["$1"])
Observation: 31
3. search("Panama Canal")
Observation: The Panama Canal was opened in 1914.
4. math("difference between 1900 and the year in which the Panama Canal was opened", ["$3"])
Observation: 14
5. search("Kiel Canal")
Observation: The Kiel Canal was opened in 1895.
6. math("difference between 1900 and the year in which the Kiel Canal was opened", ["$5"])
Observation: 5
Thought: The differences are 31, 14 and 5 years, and that of the Kiel Canal is the smallest.
Action: Finish(Kiel Canal)""",
)
REACT_EXAMPLES = (
    *sample.REACT_EXAMPLES,
    """Question: Which was opened closest to the year 1900: the Suez Canal, the Panama Canal or the Kiel Canal?
Thought: I need the year in which each canal was opened, and begin with the Suez Canal.
Action: search("Suez Canal")
Observation: The Suez Canal was opened in 1869.
Thought: Next I look up the Panama Canal.
Action: search("Panama Canal")
Observation: The Panama Canal was opened in 1914.
Thought: The Kiel Canal is still missing.
Action: search("Kiel Canal")
Observation: The Kiel Canal was opened in 1895.
Thought: I know all three years and work out which difference is the smallest.
Action: math("min(abs(1900 - 1869), abs(1900 - 1914), abs(1900 - 1895))")
Observation: 5
Thought: Five years lie between 1895 and 1900, so it is the Kiel Canal.
Action: Finish(Kiel Canal)""",
)


@cache
def build_suite() -> Suite:
    """Gives the suite; its files are read on the first call."""
    prompts = Prompts(
        examples=EXAMPLES, joiner_examples=JOINER_EXAMPLES, react_examples=REACT_EXAMPLES, guidance=GUIDANCE
    )
    return bundled.paper_suite(
        __name__,
        _entries(),
        description="Questions of our own in the manner of ParallelQA, over bundled passages",
        make_tools=make_tools,
        prompts={"chat": prompts, "completion": replace(prompts, char_limit=bundled.SHORT)},
        dataset="parallelqa_dataset",
    )


def player() -> ScriptedPlayer:
    """Makes the simulator's player of the suite."""
    return ScriptedPlayer(parse_script(_entries()))


def _entries() -> list[dict[str, Any]]:
    return [entry for entry in bundled.read("sample.json") if "rounds" not in entry and "history" not in entry]
