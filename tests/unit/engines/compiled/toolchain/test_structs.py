"""Where the fields of structures lie."""

from itertools import pairwise

import pytest

pytest.importorskip("numba")

from wavetank.engines.compiled.model.parts import Attempt, Job
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.structs import offset_of


def test_fields_do_not_overlap() -> None:
    for layout in (World, Attempt, Job):
        fields = sorted(layout.fields.values(), key=lambda field: field.offset)
        assert all(field.offset + field.size <= after.offset for field, after in pairwise(fields))
        assert fields[-1].offset + fields[-1].size <= layout.size
    assert offset_of(World, "server.limits.body.value").offset > World.fields["server"].offset
