"""Python's search for garbage, kept out of what lives as long as a model and of what a batch makes and lets go itself.

Else every full search would go through all of PyTorch, and a batch of a thousand requests would start dozens of them.
"""

from __future__ import annotations

import gc

YOUNG = 50_000
"""New objects before a search; Python's default is 700."""


def set_aside() -> None:
    """Collects garbage, and leaves what is left out of later searches; to be called after models come and go."""
    gc.set_threshold(YOUNG)
    gc.unfreeze()
    gc.collect()
    gc.freeze()
