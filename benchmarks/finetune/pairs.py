"""Short pairs like queries and product titles: made up, the same for a seed, labelled by shared words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WORDS = [
    "red",
    "blue",
    "black",
    "white",
    "green",
    "large",
    "small",
    "mini",
    "wireless",
    "cotton",
    "leather",
    "steel",
    "wooden",
    "plastic",
    "kids",
    "women",
    "men",
    "running",
    "hiking",
    "kitchen",
    "garden",
    "office",
    "travel",
    "phone",
    "laptop",
    "camera",
    "charger",
    "cable",
    "case",
    "cover",
    "bag",
    "backpack",
    "shoe",
    "boot",
    "shirt",
    "dress",
    "jacket",
    "watch",
    "lamp",
    "desk",
    "chair",
    "table",
    "sofa",
    "pillow",
    "blanket",
    "towel",
    "mug",
    "bottle",
    "knife",
    "pan",
    "pot",
    "grill",
    "drill",
    "saw",
    "hammer",
    "paint",
    "brush",
    "ladder",
    "hose",
    "seed",
    "soil",
    "toy",
    "puzzle",
    "doll",
    "ball",
    "bike",
    "helmet",
    "tent",
    "stove",
    "pack",
    "of",
    "set",
    "with",
    "for",
    "and",
    "the",
    "new",
    "pro",
    "ultra",
    "classic",
    "modern",
    "vintage",
    "outdoor",
    "indoor",
    "portable",
    "foldable",
]


@dataclass(frozen=True)
class Pairs:
    """``left`` 2 to 5 words, ``right`` 6 to 20; ``label`` 1.0 where they share a word, in about half."""

    left: list[str]
    right: list[str]
    label: list[float]


def pairs(count: int, seed: int = 0) -> Pairs:
    rng = np.random.default_rng(seed)
    left, right, label = [], [], []
    for _row in range(count):
        title = rng.choice(WORDS, size=int(rng.integers(6, 21)))
        query = rng.choice(WORDS, size=int(rng.integers(2, 6)))
        if rng.random() < 0.5:
            query[0] = rng.choice(title)
        left.append(" ".join(query))
        right.append(" ".join(title))
        label.append(float(bool(set(query) & set(title))))
    return Pairs(left, right, label)
