"""Teaches the network: all outputs at once, over posts that are disturbed anew in every round."""

import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from classifiers.components import labels
from classifiers.components.pieces import Pieces
from classifiers.posts import LabelledPost
from classifiers.training.disturb import disturbed
from classifiers.training.net import Net

_CHANCES = len(labels.CHANCES)
_SMOOTH = 0.03  # of a label's certainty is left open: some labels are wrong
_WEIGHTS = (1.0, 1.0, 0.3, 0.3)  # of complaint, request, praise and churn risk
_URGENCY_WEIGHT, _TOPIC_WEIGHT = 0.3, 0.15
_WARM_UP = 0.1  # of all steps
_SHELF = 16  # batches that are sorted by length together
_LONGEST = 160  # pieces of a post while it is taught
_AVERAGED = 0.3  # of all steps, at the end, whose weights are averaged

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How it is taught."""

    rounds: int = 3
    batch: int = 32
    rate: float = 6e-5  # 1e-4 and 2e-4 were worse on posts of other writers
    head_rate: float = 1e-3
    decay: float = 0.01
    seed: int = 2026


def teach(net: Net, pieces: Pieces, posts: Sequence[LabelledPost], course: Course) -> None:
    """Teach `net` in place. The same posts give the same weights on one machine."""
    torch.manual_seed(course.seed)
    chance = random.Random(course.seed)  # noqa: S311 - repeatable, no secret
    optimiser, rates = _optimiser(net, course)
    targets = _targets(posts)
    steps = course.rounds * -(-len(posts) // course.batch)
    averaged: dict[str, Tensor] = {}
    step, started = 0, time.perf_counter()
    for number in range(course.rounds):
        net.train()
        lost = 0.0
        for places, numbers in _batches(posts, pieces, course.batch, chance):
            _set_rates(optimiser, rates, step / steps)
            loss = _loss(net, numbers, {name: each[places] for name, each in targets.items()})
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            step += 1
            lost += loss.item() * len(places)
            if step > steps * (1 - _AVERAGED):
                _average(averaged, net, step - int(steps * (1 - _AVERAGED)))
        took = time.perf_counter() - started
        print(f"round {number + 1}: loss {lost / len(posts):.4f}, {took:.0f} s", file=sys.stderr)  # noqa: T201 - it is a command
    net.load_state_dict(averaged)
    net.eval()


def scores(net: Net, pieces: Pieces, texts: Sequence[str]) -> Scores:
    """Return the raw scores of `texts`: shape (texts, outputs)."""
    net.eval()
    read = [pieces.read(text).numbers for text in texts]
    order = sorted(range(len(texts)), key=lambda place: len(read[place]))
    found = np.zeros((len(texts), len(labels.OUTPUTS)), dtype=np.float32)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for start in range(0, len(order), 64):
            part = order[start : start + 64]
            found[part] = net(*_padded([read[place] for place in part])).float().numpy()
    return found


def _batches(
    posts: Sequence[LabelledPost], pieces: Pieces, size: int, chance: random.Random
) -> Iterator[tuple[list[int], list[list[int]]]]:
    """Yield places and pieces of like length, in an order of chance."""
    read = [list(pieces.read(disturbed(post, chance)).numbers) for post in posts]
    read = [numbers if len(numbers) <= _LONGEST else [*numbers[: _LONGEST - 1], numbers[-1]]
            for numbers in read]  # fmt: skip
    order = list(range(len(posts)))
    chance.shuffle(order)
    batches = []
    for start in range(0, len(order), size * _SHELF):
        shelf = sorted(order[start : start + size * _SHELF], key=lambda place: len(read[place]))
        batches += [shelf[at : at + size] for at in range(0, len(shelf), size)]
    chance.shuffle(batches)
    for batch in batches:
        yield batch, [read[place] for place in batch]


def _padded(read: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    longest = max(map(len, read))
    numbers = torch.zeros((len(read), longest), dtype=torch.long)
    mask = torch.zeros((len(read), longest), dtype=torch.bool)
    for row, own in enumerate(read):
        numbers[row, : len(own)] = torch.tensor(own)
        mask[row, : len(own)] = True
    return numbers, mask


def _targets(posts: Sequence[LabelledPost]) -> dict[str, Tensor]:
    """Return what each post should score, and how much each of it counts."""
    chances = [[post.labels.get(name) for name in labels.CHANCES] for post in posts]
    known = [[value is not None for value in row] for row in chances]
    asked = [any(post.labels.get(label) for label in labels.LABELS) for post in posts]
    topics = [labels.TOPICS.index(post.topic or "other") for post in posts]
    told = [post.topic is not None and wanted for post, wanted in zip(posts, asked, strict=True)]
    return {
        "chances": torch.tensor([[float(value or 0) for value in row] for row in chances]),
        "known": torch.tensor(known).float() * torch.tensor(_WEIGHTS),
        "urgency": torch.tensor([(post.urgency or 0) / 2 for post in posts]),
        "urgent": torch.tensor([float(post.urgency is not None) for post in posts]),
        "topic": torch.tensor(topics),
        "told": torch.tensor(told).float(),
    }


def _loss(net: Net, read: Sequence[Sequence[int]], want: dict[str, Tensor]) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = net(*_padded(read))
    found = found.float()
    smooth = want["chances"] * (1 - 2 * _SMOOTH) + _SMOOTH
    chances = _binary(found[:, :_CHANCES], smooth) * want["known"]
    urgency = _binary(found[:, _CHANCES], want["urgency"]) * want["urgent"]
    topic = functional.cross_entropy(found[:, _CHANCES + 1 :], want["topic"], reduction="none")
    rest = _URGENCY_WEIGHT * urgency + _TOPIC_WEIGHT * topic * want["told"]
    return (chances.sum(dim=1) + rest).mean()


def _binary(found: Tensor, want: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(found, want, reduction="none")


def _optimiser(net: Net, course: Course) -> tuple[torch.optim.AdamW, list[float]]:
    """Return the optimiser and each group's full rate; only matrices decay."""
    head = list(net.head.parameters())
    body = [
        each
        for name, each in net.named_parameters()
        if each.requires_grad and not name.startswith("head.")
    ]
    groups = [
        {"params": [each for each in body if each.ndim > 1], "weight_decay": course.decay},
        {"params": [each for each in body if each.ndim < 2], "weight_decay": 0.0},
        {"params": head, "weight_decay": course.decay},
    ]
    return torch.optim.AdamW(groups), [course.rate, course.rate, course.head_rate]


def _set_rates(optimiser: torch.optim.AdamW, rates: Sequence[float], done: float) -> None:
    """Warm up, then fall to nothing in a straight line."""
    share = min(1.0, done / _WARM_UP) * (1.0 - done)
    for group, rate in zip(optimiser.param_groups, rates, strict=True):
        group["lr"] = rate * share


def _average(averaged: dict[str, Tensor], net: Net, count: int) -> None:
    """Take the present weights into the running mean."""
    for name, value in net.state_dict().items():
        if name not in averaged:
            averaged[name] = value.detach().clone()
        else:
            averaged[name] += (value.detach() - averaged[name]) / count
