"""Settings that all tests share.

Property tests draw the same examples every time, so that a failure is the change's and not chance's;
HYPOTHESIS_PROFILE=explore draws others, and more of them. The home folder is one of the tests' own.
Processes that tests start can be interrupted, also where the tests run in a shell's background.
"""

import os
import signal

from hypothesis import settings

from tests.home import use_own_home

settings.register_profile("ci", derandomize=True, database=None, deadline=None, print_blob=True)
settings.register_profile("explore", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

use_own_home(os.environ)
os.environ.setdefault("MPLBACKEND", "Agg")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # inherited, and would be inherited further
    signal.signal(signal.SIGINT, signal.default_int_handler)
