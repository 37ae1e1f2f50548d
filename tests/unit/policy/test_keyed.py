"""Keyed random numbers: the published generator, and keys that tell everything apart."""

from itertools import product

from wavetank.policy.codes import Purpose, Stream
from wavetank.policy.keyed import GOLDEN, MASK, draw, key_of, mix, replication_seed, unit

# first outputs of the published splitmix64 with seed 1234567
REFERENCE = (
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
)


def test_mix_is_the_published_generator() -> None:
    assert tuple(mix(1234567 + n * GOLDEN) for n in range(1, 6)) == REFERENCE


def test_mix_reads_its_argument_modulo_two_to_the_64() -> None:
    assert mix(5 + (7 << 64)) == mix(5)
    assert mix(-1) == mix(MASK)


def test_draws_of_a_key_are_the_generator_begun_at_the_key() -> None:
    key = 1234567
    assert tuple(draw(key, 0, attempt) for attempt in range(5)) == REFERENCE
    assert draw(key, 3, 2) == mix(key + GOLDEN * (1 + (3 << 16) + 2))


def test_keys_and_draws_tell_everything_apart() -> None:
    keys = {key_of(*parts) for parts in product((1, 2), range(-1, 40), Stream, Purpose)}
    assert len(keys) == 2 * 41 * len(Stream) * len(Purpose)
    draws = {draw(key, request, attempt) for key in (1, 2) for request in range(100) for attempt in range(50)}
    assert len(draws) == 2 * 100 * 50


def test_key_is_the_documented_formula() -> None:
    assert key_of(9, 4, Stream.STATEFUL, Purpose.THINK) == mix(
        mix(9 + GOLDEN) + GOLDEN * (1 + (5 * 65536 + 3 * 256 + 5))
    )


def test_unit_covers_zero_up_to_just_below_one() -> None:
    assert unit(0) == 0.0
    assert unit(1 << 63) == 0.5
    assert unit(MASK) == 1.0 - 2.0**-53


def test_replications_have_seeds_of_their_own_and_the_first_keeps_the_scenarios() -> None:
    assert replication_seed(7, 0) == 7
    seeds = {replication_seed(seed, r) for seed in (7, 8) for r in range(100)}
    assert len(seeds) == 200
    assert all(0 <= seed <= MASK for seed in seeds)
