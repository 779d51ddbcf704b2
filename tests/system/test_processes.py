"""Real processes: they are started, killed and stopped, and the work goes on."""

import os
import signal
from pathlib import Path

from tests.system.stack import command_line, running_stack, wait_for

FIRST, SECOND, THIRD = 9000001, 9000002, 9000003


def test_portal_survives_the_death_of_its_processes_and_stops_cleanly(tmp_path: Path) -> None:
    with running_stack(tmp_path) as stack:
        stack.publish(FIRST)
        wait_for(lambda: stack.states() == ["succeeded"], seconds=30)

        # An idle worker process that is killed can hang the whole cluster (measured).
        idle = [child for child in stack.children("qcluster") if "idle" in command_line(child)]
        os.kill(idle[0].pid, signal.SIGKILL)
        stack.publish(SECOND)
        wait_for(lambda: stack.states() == ["succeeded"] * 2, seconds=60)

        os.kill(stack.children("qcluster")[0].pid, signal.SIGKILL)
        stack.publish(THIRD)
        wait_for(lambda: stack.states() == ["succeeded", "succeeded", "needs_attention"], seconds=60)

        os.kill(stack.children("gunicorn")[0].pid, signal.SIGKILL)
        wait_for(lambda: stack._answers(f"{stack.url}/healthz"), seconds=30)

        everything = [child.pid for child in stack.children("")]
        assert stack.stop() == 0
        assert not [pid for pid in everything if Path(f"/proc/{pid}").exists()], stack.log.read_text()
