"""The supervisor, with small real processes."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil

SUPERVISE = """
    import sys
    from pathlib import Path
    from portal.supervisor import Child, Supervisor

    folder = Path({folder!r})
    hung = lambda seconds: (folder / "hung").exists() and seconds > 0.5
    children = [
        Child("steady", [sys.executable, "-c", {steady!r}], is_hung=hung),
        Child("stubborn", [sys.executable, "-c", {stubborn!r}]),
    ]
    Supervisor(children, grace_s=1.5).run()
"""
# Each start leaves a file with the pid; the child has a child of its own, as a task queue does.
STEADY = """
import os, subprocess, sys, time
from pathlib import Path
helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
Path({folder!r}, f"steady-{{os.getpid()}}-{{helper.pid}}").touch()
time.sleep(60)
"""
STUBBORN = """
import os, signal, time
from pathlib import Path
signal.signal(signal.SIGTERM, signal.SIG_IGN)
Path({folder!r}, f"stubborn-{{os.getpid()}}-0").touch()
time.sleep(60)
"""


def started(folder: Path, name: str, *, count: int) -> list[tuple[int, int]]:
    """Wait for so many starts of a child; return their process ids, oldest first."""
    end = time.monotonic() + 15
    while True:
        files = sorted(folder.glob(f"{name}-*"), key=lambda file: file.stat().st_mtime)
        if len(files) >= count:
            return [(int(file.name.split("-")[1]), int(file.name.split("-")[2])) for file in files]
        assert time.monotonic() < end, f"{name} was not started {count} times"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Say whether a process runs; a zombie does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def gone(*pids: int) -> bool:
    """Wait a moment for processes to end."""
    end = time.monotonic() + 10
    while any(alive(pid) for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def supervise(folder: Path) -> "subprocess.Popen[bytes]":
    """Start a supervisor of two children."""
    code = SUPERVISE.format(
        folder=str(folder), steady=STEADY.format(folder=str(folder)), stubborn=STUBBORN.format(folder=str(folder))
    )
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], cwd=Path(__file__).parent.parent)


def test_dead_and_hung_children_are_restarted_and_all_are_stopped(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path)
    try:
        [(first, helper)] = started(tmp_path, "steady", count=1)
        [(stubborn, _)] = started(tmp_path, "stubborn", count=1)

        os.kill(first, signal.SIGKILL)
        pids = started(tmp_path, "steady", count=2)
        assert gone(helper), "what the dead child left behind is gone as well"

        (tmp_path / "hung").touch()
        pids = started(tmp_path, "steady", count=3)
        (tmp_path / "hung").unlink()
        pids = started(tmp_path, "steady", count=3)

        supervisor.terminate()
        assert supervisor.wait(20) == 0
        assert gone(stubborn, *(pid for pair in pids for pid in pair)), "even one that ignores SIGTERM"
    finally:
        supervisor.kill()
        supervisor.wait()


def test_children_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path)
    [(steady, helper)] = started(tmp_path, "steady", count=1)
    [(stubborn, _)] = started(tmp_path, "stubborn", count=1)
    try:
        supervisor.kill()
        supervisor.wait()
        assert gone(steady), "the kernel tells it that its supervisor is gone"
    finally:
        for pid in (helper, stubborn):
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


CLUSTER = """
import os, signal, time
from pathlib import Path
from portal.supervisor import end_with_the_supervisor
end_with_the_supervisor(grace_s=0.5)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
helper = os.fork()
if helper:
    Path({folder!r}, f"cluster-{{os.getpid()}}-{{helper}}").touch()
time.sleep(60)
"""
SUPERVISE_CLUSTER = """
    import sys
    from portal.supervisor import Child, Supervisor
    Supervisor([Child("cluster", [sys.executable, "-c", {cluster!r}])]).run()
"""


def supervise_cluster(folder: Path) -> "subprocess.Popen[bytes]":
    """Start a supervisor of one child that hangs on SIGTERM and has forked."""
    code = SUPERVISE_CLUSTER.format(cluster=CLUSTER.format(folder=str(folder)))
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], cwd=Path(__file__).parent.parent)


def test_cluster_that_hangs_on_sigterm_does_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    supervisor = supervise_cluster(tmp_path)
    [(main, helper)] = started(tmp_path, "cluster", count=1)
    supervisor.kill()
    supervisor.wait()
    assert gone(main, helper)


def test_forked_worker_does_not_outlive_a_killed_cluster(tmp_path: Path) -> None:
    supervisor = supervise_cluster(tmp_path)
    [(main, helper)] = started(tmp_path, "cluster", count=1)
    # Both at once: nobody is left who would clear up.
    supervisor.send_signal(signal.SIGSTOP)
    os.kill(main, signal.SIGKILL)
    supervisor.kill()
    supervisor.wait()
    assert gone(helper)
