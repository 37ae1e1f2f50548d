import sys
import time
from pathlib import Path

from wavetank.libraries.building import Program
from wavetank.libraries.process import Process

BURNING = """
import subprocess, sys, threading, time

def burn(seconds):
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass

print("{}", flush=True)
input()
burning = "import time\\nwhile time.process_time() < 0.3: pass\\ntime.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", burning])
thread = threading.Thread(target=burn, args=(0.2,))
thread.start()
thread.join()
print("{}", flush=True)
input()
"""


def test_cpu_time_of_finished_threads_and_of_children_counts(tmp_path: Path) -> None:
    program = Program("burning", (sys.executable, "-c", BURNING), None)
    with Process(program, (), (), tmp_path / "log") as process:
        process.read()
        before = process.used()
        process.say("go")
        used = 0
        # the child burns on after the answer
        for _ in range(1_000):
            used = process.used().since(before).cpu_ns
            if used > 490_000_000:
                break
            time.sleep(0.02)
    assert 490_000_000 < used < 1_500_000_000
