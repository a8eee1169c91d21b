"""What lives as long as a model, set aside: else every full search for garbage would go through all of PyTorch."""

from __future__ import annotations

import gc


def set_aside() -> None:
    """Collects garbage, and leaves what is left out of later collections; to be called after models come and go."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
