"""The clock of a sandbox is asked seldom, and never tells an hour that was slept through."""

from datetime import timedelta
from pathlib import Path

from werkzeug.wrappers import Request

from heardback.clock import sandbox_clock
from sandbox.world import World


def test_a_sandbox_is_not_asked_for_the_time_at_every_step(tmp_path: Path) -> None:
    asked: list[Request] = []
    with World(tmp_path) as world:
        world.control.watch(asked.append)
        clock = sandbox_clock(world.settings()["clock"], str(world.ca_file))
        told = {clock.now() for _ in range(1_000)}
        assert (told, len(asked) < 100) == ({world.clock.now()}, True)


def test_what_was_slept_has_passed_at_once(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        clock = sandbox_clock(world.settings()["clock"], str(world.ca_file))
        before = clock.now()
        clock.sleep(90.5)
        assert clock.now() == before + timedelta(seconds=90.5) == world.clock.now()
