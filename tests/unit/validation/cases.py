"""A small table of measurements whose predictions follow by hand."""

from pathlib import Path

from wavetank.validation.foreign import Foreign, predict
from wavetank.validation.measurements import load_measurements

TABLE = """\
name = "A closed queue"
source = "worked out by hand"
assumed = ["Nothing."]

[scenario]
duration = "3s"
warmup = "1s"
fleet = { agents = 4, class = [{ name = "client", stateless = { process = "closed", think = "1us" } }] }
connection = { strategy = "keep-alive" }
server = { cores = 1, workers = 1, service = { stateless = "10ms" } }

[[row]]
name = "1 core"
metric = "goodput_per_s"
measured = 100
use = "calibrates"

[[row]]
name = "2 cores"
metric = "goodput_per_s"
measured = 160
use = "predicted"
set = ["server.cores=2", "server.workers=2"]
cause = "The measured cores share a cache."

[[row]]
name = "2 cores, at least"
metric = "goodput_per_s"
measured = 150
bound = "at-least"
use = "predicted"
set = ["server.cores=2", "server.workers=2"]

[[row]]
name = "mean time"
metric = "request_latency_mean_s.stateless"
measured = 0.041
use = "predicted"
"""


def foreign(folder: Path, text: str = TABLE) -> Foreign:
    """The table with its predictions."""
    file = folder / "t.toml"
    file.write_text(text)
    return predict(load_measurements(file), "reference")
