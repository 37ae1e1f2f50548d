"""The reference engine with a wrong policy: every wait before a retry is a nanosecond too long."""

from typing import Any
from unittest.mock import patch

from wavetank.engines import reference
from wavetank.engines.reference import requests
from wavetank.protocol.waits import back_off
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved


def run(resolved: Resolved, *how: Any, **named: Any) -> Tally:
    with patch.object(requests, "back_off", lambda *of: back_off(*of) + 1):
        return reference.run(resolved, *how, **named)
