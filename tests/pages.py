"""The pages of the documents, and the code that they show."""

import re
import runpy
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def page(name: str) -> str:
    """Text of a page under docs/, or of the README."""
    folder = ROOT if name == "README.md" else ROOT / "docs"
    return (folder / name).read_text(encoding="utf-8")


def blocks(text: str, language: str = "python") -> list[str]:
    """What a page shows in that language, block by block."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def run(code: str, tmp_path: Path, **names: Any) -> dict[str, Any]:
    """Run code of a page as a program in which these names are known; gives the names that are known at its end."""
    file = tmp_path / "shown.py"
    file.write_text(code, encoding="utf-8")
    return runpy.run_path(str(file), init_globals=names)
