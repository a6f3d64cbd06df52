"""Tests of the graph run in both prompt styles, unless they are for one of them."""

from collections.abc import Iterator

import pytest

from tests.support import STYLE


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    mark = metafunc.definition.get_closest_marker("styles")
    metafunc.parametrize("prompt_style", mark.args if mark else ("paper", "compact"), indirect=True)


@pytest.fixture(autouse=True)
def prompt_style(request: pytest.FixtureRequest) -> Iterator[str]:
    """The style in which the test's graphs are built."""
    before, STYLE["now"] = STYLE["now"], request.param
    yield request.param
    STYLE["now"] = before
