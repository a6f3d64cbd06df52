"""Type checkers agree with the users' code in this folder, find the wrong uses, and know every type of the face."""

import json
import os
import subprocess
import sys
from pathlib import Path

import langgraph_llm_compiler

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ENVIRONMENT = {**os.environ, "MYPYPATH": str(ROOT), "PYTHONPATH": str(ROOT)}
# pyright looks for packages where the first `python` on the path has them
ENVIRONMENT["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

PUBLIC = ("context", "errors", "execution.approvals", "execution.policy", "graph", "plan.task", "state")
UNSEEN_BY_PYRIGHT = {"create_llm_compiler", "create_react_baseline", "graph.llm_compiler.Graph"} | {
    "graph.llm_compiler.create_llm_compiler",
    "graph.react.create_react_baseline",
}
"""They give a graph of LangGraph's, which ships its types without the marker that `--verifytypes` asks for; what they
give is asserted in `usage.py`."""


def run(module: str, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *args]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, timeout=240)


def test_mypy_agrees():
    done = run("mypy", "--strict", str(HERE / "usage.py"), str(HERE / "misuse.py"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_pyright_agrees():
    done = run("basedpyright", "--project", str(HERE))
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_type_of_the_public_face_is_known():
    done = run("basedpyright", "--ignoreexternal", "--outputjson", "--verifytypes", langgraph_llm_compiler.__name__)
    report = json.loads(done.stdout)["typeCompleteness"]
    assert Path(report["packageRootDirectory"]) == Path(langgraph_llm_compiler.__file__).parent
    known = {
        each["name"].partition(".")[2]: each["isTypeKnown"] and not each["isTypeAmbiguous"]
        for each in report["symbols"]
        if each["isExported"]
    }
    face = {each for each in known if "." not in each or each.startswith(PUBLIC)}
    assert face >= {*langgraph_llm_compiler.__all__} - {"__version__"}
    assert {each for each in face if not known[each]} == UNSEEN_BY_PYRIGHT
