"""The states of sampled agents, which the wave picture shows: one byte for each agent and bin of time.

The worst state has the greatest number, so that a bin that is seen twice keeps the maximum
(docs/model.md#wave-agents).
"""

WAVE_ROWS = 2_000
"""At most so many agents: each is a line of pixels, and more than these no screen or page can show."""

WAVE_BINS = 1_000
"""At most so many bins up to the duration: the pixels of a page's width."""

CONNECTED, WAITING, RETRYING, OFFLINE = range(4)
"""From best to worst: a bin shows the worst state that falls into it."""
