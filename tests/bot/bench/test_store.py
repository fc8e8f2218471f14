"""The store's bench measures the store: its figures are there, whatever the machine."""

from bot.bench.store import GROWTH_WANTED, run


def test_every_figure_stands_beside_its_yardstick() -> None:
    figures = run(rounds=1, size=20_000)

    for batch in ("100", "1000"):
        each = figures["inserts_by_batch"][batch]
        assert each["store_rows_per_second"] > 0
        assert each["yardstick_rows_per_second"] > 0
        assert each["times_yardstick"] > 0
    assert set(figures["growth"]["times_as_long"]) == set(GROWTH_WANTED)
