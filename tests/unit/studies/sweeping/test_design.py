from wavetank.studies.sweeping import Sweep


def test_a_design_has_its_values_and_what_it_costs(storms: Sweep) -> None:
    assert [design.texts for design in storms.designs] == [
        ("1", "3s"), ("1", "12s"), ("2", "3s"), ("2", "12s"),
    ]  # fmt: skip
    assert [design.values for design in storms.designs] == [(1, 3.0), (1, 12.0), (2, 3.0), (2, 12.0)]
    assert [design.cores for design in storms.designs] == [1, 1, 2, 2]
    assert len({design.hash for design in storms.designs}) == 4


def test_objectives_are_counted_over_the_runs(storms: Sweep, plain: Sweep) -> None:
    for design in storms.designs:
        held = sum(
            all(objective.met is True for objective in cell.judged(design.objectives))
            for cell in design.cells
        )
        assert design.met is not None
        assert (design.met.count, design.met.total) == (held, 6)
    assert [design.met.count for design in storms.designs if design.met is not None] == [4, 0, 4, 0]
    assert plain.designs[0].met is None
