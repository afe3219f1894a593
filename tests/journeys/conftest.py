"""The running product that the journeys share."""

from collections.abc import Iterator

import pytest

from tests.journeys.world import World


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    """An empty installation, run by the one command; at the end it is stopped, and nothing of it is left."""
    yield from running_world()


@pytest.fixture
def own_world() -> Iterator[World]:
    """The same for one test alone, which may break it."""
    yield from running_world()


def running_world() -> Iterator[World]:
    world = World()
    try:
        world.start()
        yield world
        assert world.stop() == []
    finally:
        world.remove()
