"""Random runs, drawn from a seed: plans of one to three rounds over tools whose results tell what they were made of.

Every result is a hash of the tool and its arguments, `<3fa08c>`, so that a lost, swapped or stale one changes all that
hangs on it, and the answer.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

ROUNDS = (1, 1, 2, 2, 3)
READS = ("tide", "moon")
PLAIN_TOOLS = ("look", "look", "work", "work", "shaky", "shaky", "many", "many", "read", "read", "send", "confirm")
MAP_TOOLS = ("look", "look", "shaky", "work", "send")


def made(*parts: str) -> str:
    """The result that stands for these parts."""
    return f"<{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:6]}>"


def chance(*parts: str) -> int:
    """A number from 0 to 99 that these parts determine."""
    return int(hashlib.sha256("|".join(("chance", *parts)).encode()).hexdigest()[:8], 16) % 100


@dataclass(frozen=True)
class Ref:
    """A reference: the result of a task, or of one of its elements."""

    task: int
    place: int | None = None

    def __str__(self) -> str:
        return f"${self.task}" if self.place is None else f"${self.task}[{self.place}]"


@dataclass(frozen=True)
class Given:
    """An argument: one bare reference, or a text around any number of them."""

    refs: tuple[Ref, ...] = ()
    is_bare: bool = False
    word: str = "of"

    def __str__(self) -> str:
        return str(self.refs[0]) if self.is_bare else f'"{" ".join([self.word, *map(str, self.refs)])}"'


@dataclass(frozen=True)
class Task:
    """A line of the plan: one call, or a `.map` over written elements or over what an earlier task gave."""

    id: int
    tool: str
    given: tuple[Given, ...] = ()
    over: Ref | None = None
    is_map: bool = False

    def tag(self, place: int) -> str:
        """What tells this call from all others."""
        return f"t{self.id}.{place}" if self.is_map else f"t{self.id}"

    def __str__(self) -> str:
        calls = [
            f"{each}" if self.tool == "read" else f'"{self.tag(place)}", {each}'
            for place, each in enumerate(self.given)
        ]
        if self.over is not None:
            return f"{self.id}. {self.tool}.map({self.over})"
        if self.is_map:
            return f"{self.id}. {self.tool}.map([{', '.join(f'({call})' for call in calls)}])"
        return f"{self.id}. {self.tool}({calls[0]})"


@dataclass(frozen=True)
class Case:
    """One random run.

    Attributes:
        seed: What it was drawn from.
        style: Prompt style of its graph.
        rounds: The tasks of each round's plan.
        answer: What the last plan's `answer(...)` says, or None where it ends in `join()`.
        streams: Whether plans run while they are written.
        limit: `max_concurrency` of the run.
    """

    seed: int
    style: str
    rounds: Sequence[Sequence[Task]]
    answer: Given | None
    streams: bool
    limit: int | None

    def plan(self, number: int) -> str:
        """The text of a round's plan, from 1."""
        tasks = self.rounds[number - 1]
        is_last = number == len(self.rounds)
        ending = f"answer({self.answer})" if is_last and self.answer else "join()"
        lines = [*map(str, tasks), f"{tasks[-1].id + 1}. {ending}"]
        return "\n".join(lines) + ("<END_OF_PLAN>\n" if self.style == "paper" else "\n")

    def pieces(self, text: str) -> list[str]:
        """The text as a stream sends it: cut where no line or word ends."""
        draw, pieces = random.Random(f"pieces {self.seed}"), []
        while text:
            size = draw.randint(15, 90)
            pieces.append(text[:size])
            text = text[size:]
        return pieces


@dataclass
class Draw:
    """Draws one case."""

    random: random.Random
    tasks: list[Task] = field(default_factory=list)

    def case(self, seed: int, style: str) -> Case:
        rounds = [self.round() for _ in range(self.random.choice(ROUNDS))]
        is_answered = style == "compact" and self.random.random() < 0.5
        answer = self.given(at_least=1) if is_answered else None
        streams = self.random.random() < 0.85
        return Case(seed, style, rounds, answer, streams, self.random.choice((None, None, 1, 2, 4)))

    def round(self) -> list[Task]:
        tasks = []
        for _ in range(self.random.randint(2, 4)):
            tasks.append(self.task(len(self.tasks) + 1))
            self.tasks.append(tasks[-1])
        return tasks

    def task(self, number: int) -> Task:
        kind = self.random.random()
        lists = [each for each in self.tasks if each.tool == "many" and not self.is_gone_through(each)]
        if kind < 0.25 and lists:
            return Task(number, "echo", over=Ref(self.random.choice(lists).id), is_map=True)
        if kind < 0.4:
            elements = tuple(self.given() for _ in range(self.random.randint(2, 3)))
            return Task(number, self.random.choice(MAP_TOOLS), elements, is_map=True)
        tool = self.random.choice(PLAIN_TOOLS)
        return Task(number, tool, (self.read() if tool == "read" else self.given(),))

    def is_gone_through(self, task: Task) -> bool:
        """Whether an `echo` goes through its list already: what an `echo` is given must be its own."""
        return any(each.over is not None and each.over.task == task.id for each in self.tasks)

    def read(self) -> Given:
        if self.tasks and self.random.random() < 0.4:
            return Given((self.ref(),), is_bare=True)
        return Given(word=self.random.choice(READS))

    def given(self, at_least: int = 0) -> Given:
        if not self.tasks:
            return Given()
        refs = tuple(self.ref() for _ in range(self.random.randint(at_least, 2)))
        return Given(refs, is_bare=len(refs) == 1 and self.random.random() < 0.5)

    def ref(self) -> Ref:
        task = self.random.choice(self.tasks[-5:])
        has_places = (task.is_map or task.tool == "many") and self.random.random() < 0.7
        return Ref(task.id, self.random.randrange(2) if has_places else None)


def drawn(seed: int, style: str) -> Case:
    """The case of this seed."""
    return Draw(random.Random(f"case {seed}")).case(seed, style)
