"""The simulator as a process of its own: it prints its base URL and serves until it is told to stop."""

import argparse
import asyncio
import os
import signal
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from typing_extensions import TypeIs

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.simulator.endpoint import SimulatedEndpoint
from langgraph_llm_compiler.simulator.latency import DEFAULT_LATENCY, Latency, choose_latency
from langgraph_llm_compiler.simulator.pacing import new_precise_loop
from langgraph_llm_compiler.simulator.player import ScriptedPlayer
from langgraph_llm_compiler.simulator.protocol import Player
from langgraph_llm_compiler.simulator.script import load_script

__all__ = ["load_player", "serve", "serve_options"]


def serve(
    player: Player,
    *,
    port: int = 0,
    latency: Latency = DEFAULT_LATENCY,
    tokens_per_event: int = 1,
    merge_newlines: bool = False,
    models: Iterable[str] = (),
    exit_with_stdin: bool = False,
) -> None:
    """Serves until SIGINT or SIGTERM; prints the base URL on stdout as soon as it can be called.

    Must run on the main thread.

    Args:
        player: Says what the model replies.
        port: Port on 127.0.0.1; 0 takes a free one.
        latency: As in `SimulatedEndpoint`.
        tokens_per_event: As in `SimulatedEndpoint`.
        merge_newlines: As in `SimulatedEndpoint`.
        models: As in `SimulatedEndpoint`.
        exit_with_stdin: Whether to stop when stdin closes too, so that no parent leaves it behind.

    Raises:
        ConfigurationError: If the port is taken, or `tokens_per_event` is below 1.
    """
    endpoint = SimulatedEndpoint(
        player,
        port=port,
        latency=latency,
        tokens_per_event=tokens_per_event,
        merge_newlines=merge_newlines,
        models=models,
    )
    with asyncio.Runner(loop_factory=new_precise_loop) as runner, suppress(KeyboardInterrupt):
        runner.run(_serve_until_told(endpoint, exit_with_stdin))


async def _serve_until_told(endpoint: SimulatedEndpoint, exit_with_stdin: bool) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: SIGINT arrives as KeyboardInterrupt
            loop.add_signal_handler(number, stop.set)
    async with endpoint:
        sys.stdout.write(f"{endpoint.base_url}\n")
        sys.stdout.flush()
        if exit_with_stdin:
            threading.Thread(target=_stop_with_stdin, args=(loop, stop), daemon=True).start()
        await stop.wait()


def _stop_with_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # Not sys.stdin: a thread that is blocked in it breaks the interpreter's shutdown.
    while os.read(0, 1024):
        pass
    with suppress(RuntimeError):  # the loop is closed: another reason to stop came first
        loop.call_soon_threadsafe(stop.set)


def serve_options(options: argparse.Namespace, default_player: str | None = None) -> None:
    """Serves what the options of `options.add_options` ask for.

    Args:
        options: Parsed options.
        default_player: `module:attribute` of the player if neither `--script` nor `--player` is given.

    Raises:
        ConfigurationError: If an option cannot be used, or there is nothing to play.
    """
    serve(
        _chosen_player(options.script, options.player or default_player),
        port=options.port,
        latency=choose_latency(options.preset, ttft=options.ttft, tpot=options.tpot, prefill=options.prefill),
        tokens_per_event=options.tokens_per_event,
        merge_newlines=options.merge_newlines,
        models=options.serve_model,
        exit_with_stdin=options.exit_with_stdin,
    )


def _chosen_player(script: str | None, player: str | None) -> Player:
    if script is not None:
        return ScriptedPlayer(load_script(Path(script)))
    if player is not None:
        return load_player(player)
    raise ConfigurationError("the simulator has nothing to play: give --script FILE or --player MODULE:ATTRIBUTE")


def load_player(name: str) -> Player:
    """Imports a player; the current directory is looked in too.

    Args:
        name: `module:attribute`, the attribute being a player, or a class or function without arguments that gives one.

    Raises:
        ConfigurationError: If there is no such thing, or it is no player.
    """
    module, _, attribute = name.partition(":")
    if not (module and attribute):
        raise ConfigurationError(f"a player is named as module:attribute, not {name!r}")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.append(here)
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(f"there is no player {name!r}: {error}") from error
    player: object = found() if callable(found) and not _is_player(found) else found
    if not _is_player(player):
        raise ConfigurationError(f"{name!r} is no player: it has no reply(request), see simulator.Player")
    return player


def _is_player(value: object) -> TypeIs[Player]:
    return callable(getattr(value, "reply", None)) and not isinstance(value, type)
