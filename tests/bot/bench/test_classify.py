"""The judge's bench: which figures it gives; how high they are is for people to judge."""

from bot.bench import classify


def test_the_figures_name_each_tier_and_its_yardsticks() -> None:
    figures = classify.run(size=24, rounds=1)

    rates, load = figures["texts_per_second"], figures["load_seconds"]
    assert isinstance(rates, dict)
    assert isinstance(load, dict)
    tiers = {"fast", "full"}
    ways = {f"{tier}_{way}" for tier in tiers for way in ("batch", "one")}
    assert set(rates) == ways | {"match_and_fast_batch", "tokenizer", "bag_of_words"}
    assert set(load) == tiers


def test_the_posts_are_alike_in_length_and_the_same_each_time() -> None:
    posts = classify.made_up(50)

    assert posts == classify.made_up(50)
    assert all(100 <= len(post) <= classify.LENGTH for post in posts)
