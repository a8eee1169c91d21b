"""Batched sampling over a static key-value cache: token ids in, token ids and log-probabilities out."""

from .sampler import Sampler

__all__ = ["Sampler"]
