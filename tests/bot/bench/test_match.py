import json
from typing import Any

from bot.bench.match import SIZES, run


def test_the_figures_of_the_matcher_are_one_json_object_with_its_yardsticks() -> None:
    figures: Any = json.loads(json.dumps(run(rounds=1)))

    sizes = {str(size) for size in SIZES}
    assert all(set(rates) == sizes for rates in figures["texts_per_second"].values())
    assert set(figures["texts_per_second"]) == {"matcher", "re_per_keyword", "in_per_keyword"}
    assert figures["kept_from_1_to_1000"] > 0
    assert figures["rounds"] == 1
