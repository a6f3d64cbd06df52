"""Type checkers agree with the users' code in this folder, find the wrong uses, and know every type of the face."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import langgraph_llm_compiler

pytestmark = pytest.mark.timeout(300)  # on a busy machine, without mypy's cache

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COMMANDS = {
    "mypy": ["mypy", "--strict", str(HERE / "usage.py"), str(HERE / "misuse.py")],
    "pyright": ["basedpyright", "--project", str(HERE)],
    "verify": ["basedpyright", "--ignoreexternal", "--outputjson", "--verifytypes", langgraph_llm_compiler.__name__],
}
PUBLIC = ("context", "errors", "execution.approvals", "execution.policy", "graph", "plan.task", "state")
UNSEEN_BY_PYRIGHT = {"create_llm_compiler", "create_react_baseline", "graph.llm_compiler.Graph"} | {
    "graph.llm_compiler.create_llm_compiler",
    "graph.react.create_react_baseline",
    "graph.discreet.DiscreetGraph",
    "graph.discreet.DiscreetGraph.of",
}
"""They give a graph of LangGraph's, which ships its types without the marker that `--verifytypes` asks for; what they
give is asserted in `usage.py`."""

Running = dict[str, subprocess.Popen[str]]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """The checkers, all at once."""
    environment = {**os.environ, "MYPYPATH": str(ROOT), "PYTHONPATH": str(ROOT)}
    # pyright looks for packages where the first `python` on the path has them
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    started = {
        name: subprocess.Popen(
            [sys.executable, "-m", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        for name, command in COMMANDS.items()
    }
    yield started
    for each in started.values():
        each.kill()
        each.communicate()


@pytest.mark.parametrize("name", ["mypy", "pyright"])
def test_the_checker_agrees(running, name):
    out, errors = running[name].communicate()
    assert running[name].returncode == 0, out + errors


def test_every_type_of_the_public_face_is_known(running):
    out, _ = running["verify"].communicate()
    report = json.loads(out)["typeCompleteness"]
    assert Path(report["packageRootDirectory"]) == Path(langgraph_llm_compiler.__file__).parent
    known = {
        each["name"].partition(".")[2]: each["isTypeKnown"] and not each["isTypeAmbiguous"]
        for each in report["symbols"]
        if each["isExported"]
    }
    face = {each for each in known if "." not in each or each.startswith(PUBLIC)}
    assert face >= {*langgraph_llm_compiler.__all__} - {"__version__"}
    assert {each for each in face if not known[each]} == UNSEEN_BY_PYRIGHT
