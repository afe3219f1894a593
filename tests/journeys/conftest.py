"""The running product that the journeys share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from playwright.sync_api import sync_playwright

from tests.journeys.callers import Caller
from tests.journeys.people import Cast, launch
from tests.journeys.town import Town
from tests.journeys.world import World, running_world


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    """An empty installation, run by the one command; at the end it is stopped, and nothing of it is left."""
    yield from running_world()


@pytest.fixture
def own_world() -> Iterator[World]:
    """The same for one test alone, which may break it."""
    yield from running_world()


@pytest.fixture(scope="session")
def town(world: World) -> Iterator[Town]:
    """A client and qualified people in that installation."""
    with ExitStack() as hung_up:
        yield Town(world, hung_up)


@pytest.fixture
def cast(world: World) -> Iterator[Cast]:
    """People with a browser each; what their pages did wrong is printed when the journey ends early."""
    # Started and ended with the test, because Playwright keeps an event loop in this thread while it lives.
    with sync_playwright() as playwright, launch(playwright) as browser:
        cast = Cast(browser, world)
        yield cast
        cast.take_last_pictures()
        print("\n".join(cast.faults))


@pytest.fixture
def caller(world: World) -> Iterator[Callable[[str], Caller]]:
    """Give people who use the API."""
    with ExitStack() as hung_up:
        yield lambda name: hung_up.enter_context(closing(Caller(world, name)))
