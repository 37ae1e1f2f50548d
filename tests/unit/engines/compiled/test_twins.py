"""Each file of `reference` has a twin in `compiled/model`, with the same functions in the same order."""

import ast
from itertools import pairwise
from pathlib import Path

import pytest

import wavetank

ENGINES = Path(wavetank.__file__).parent / "engines"
REFERENCE, MODEL = ENGINES / "reference", ENGINES / "compiled" / "model"

WITHOUT_TWIN = {
    "clock": "events are ordered by containers/calendar.py and containers/order.py",
    "ports": "kernels are given the world and import one another",
    "stepping": "compiled/stepping.py drives kernels from Python",
}
"""Files of `reference` whose part is done elsewhere in `compiled`."""

MORE = {
    "closing": "exchange: what ends a connection",
    "connecting": "exchange: TCP and TLS, up to the request",
    "ending": "sampling: the end of the window and of the run",
    "lifetimes": "Python counts references by itself",
    "loop": "world: its loop of events",
    "noteworthy": "needs, silence, outstanding: their queues, which Python has",
    "outbox": "protocol/outbox.py as lists of ranges",
    "sending": "requests: begun, sent, settled",
    "signal_parts": "parts: structures that only a judged run has",
    "taking": "signals, outstanding, silence: samples taken",
}
"""Files of `compiled/model` that complete the twin of another file."""

OTHER_NAMES = {
    "arrivals": {"time_of": "find"},
    "balancer": {
        "plan_check": "plan_health_check", "check": "health_check", "choose_for": "choose_node",
    },
    "channels": {"created": "on_command", "node_died": "holds_died"},
    "cores": {
        "clear": "clear_queue", "start": "start_job", "done": "job_done", "lose_everything": "lose_work",
    },
    "costs": {
        "draw": "cost", "handshake": "work_on_handshake", "refused": "work_on_refusal",
        "served": "work_on_request",
    },
    "faults": {"plan": "plan_faults", "begin": "begin_fault", "end": "end_fault"},
    "idle": {
        "served": "served_at", "watch": "watch_idle",
        "agent_due": "agent_idle_due", "server_due": "server_idle_due",
    },
    "latency": {
        "window": "latency_window", "entries": "latency_in", "range": "deposit_range", "even": "one_piece",
        "begin_at": "latency_begins",
    },
    "measure": {"waiting": "change_waiting", "connections": "change_open"},
    "needs": {"overdue": "take_overdue", "begin": "begin_need", "take": "take_needs"},
    "outstanding": {"created": "note_created", "delivered": "note_delivered", "take": "take_commands"},
    "sampling": {"plan": "plan_samples", "produced": "count_produced"},
    "signals": {"dropped": "given_up", "went_offline": "note_offline"},
    "silence": {"take": "take_silent"},
    "startup": {
        "make": "make_fleet", "cold": "begin_cold", "again": "begin_again", "steady": "begin_steady",
        "kept": "keep_from_before", "held": "hold_from_before",
    },
    "store": {"commit": "join", "close": "close_batch", "advance": "advance_store", "lose": "lose_batches"},
    "streams": {
        "thought": "on_thought", "flush_due": "flush_is_due", "fill": "fill_batch", "cap": "cap_of",
        "acknowledged": "batch_acknowledged", "gave_up": "batch_given_up", "release": "let_go",
    },
    "timers": {"set": "watch", "arm": "arm_deadlines", "look": "look_at_deadlines"},
    "tokens": {
        "due": "renewal_due", "act": "act_on_token", "login": "log_in", "release": "release_waiting",
    },
    "wave": {"join": "join_wave", "fault": "strike", "close": "close_wave"},
}  # fmt: skip
"""Kernels with another name than their twin: a method may be called `take` in five classes, but kernels are
imported by their bare name, so theirs says what of."""


def functions(path: Path) -> list[str]:
    """Names of the functions and methods of a file, in order, without the leading underscore."""
    names: dict[str, None] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases):
            continue  # it says what others do
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        for function in inside:
            if isinstance(function, ast.FunctionDef) and not function.name.startswith("__"):
                names.setdefault(function.name.removeprefix("_"))
    return list(names)


def files(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}


def test_every_file_has_its_twin_or_a_reason() -> None:
    assert files(REFERENCE) - files(MODEL) == WITHOUT_TWIN.keys()
    assert files(MODEL) - files(REFERENCE) == MORE.keys()


def test_twins_keep_their_names() -> None:
    """As many functions have a twin as had one when this was written; more is welcome."""
    named = {
        name: set(functions(REFERENCE / f"{name}.py")) & set(functions(MODEL / f"{name}.py"))
        for name in files(REFERENCE) & files(MODEL)
    }
    assert "change" in named["gauge"]
    assert sum(map(len, named.values())) + sum(map(len, OTHER_NAMES.values())) >= 130


@pytest.mark.parametrize("name", sorted(OTHER_NAMES))
def test_other_names_are_names_that_there_are(name: str) -> None:
    mine, theirs = functions(REFERENCE / f"{name}.py"), functions(MODEL / f"{name}.py")
    for method, kernel in OTHER_NAMES[name].items():
        assert method in mine, method
        assert kernel in theirs, kernel
        assert method not in theirs, f"{method} has a twin of its own name"


@pytest.mark.parametrize("name", sorted(files(REFERENCE) & files(MODEL)))
def test_twins_stand_in_the_same_order(name: str) -> None:
    other = OTHER_NAMES.get(name, {})
    theirs = functions(MODEL / f"{name}.py")
    paired = [other.get(method, method) for method in functions(REFERENCE / f"{name}.py")]
    paired = [kernel for kernel in paired if kernel in theirs]
    for before, after in pairwise(paired):
        assert theirs.index(before) < theirs.index(after), (
            f"{name}: {before} stands before {after} in reference"
        )
