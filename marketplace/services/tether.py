"""Children that die with their parent, also when that is killed with -9.

Run as `python tether.py PARENT COMMAND …` it ties itself to the process PARENT and becomes COMMAND.
Only Linux can do this; elsewhere a killed supervisor leaves its children to be stopped by hand.
"""

import ctypes
import os
import signal
import sys

# Set for the web server, whose own worker processes must not outlive it and keep its port.
MARK = "FAIRMATCH_TETHERED"

PR_SET_PDEATHSIG = 1


def die_with_parent(number: signal.Signals) -> None:
    """Have the kernel send this process *number* when its parent dies; the request outlives an exec."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def die_with_web_server() -> None:
    """Tie a worker process of the supervised web server to that server; does nothing under any other server."""
    if os.environ.get(MARK) == "yes":
        die_with_parent(signal.SIGKILL)


def become(parent: int, command: list[str]) -> None:
    """Turn into *command*, tied to the process *parent*."""
    die_with_parent(signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("the supervisor died before its child began")
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])
