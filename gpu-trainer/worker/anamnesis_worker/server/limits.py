"""What one client may ask of a worker; beyond it the answer is a 4xx that names the limit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes and tokens, times in seconds."""

    body_bytes: int = 64 * 2**20
    """Of one request; the SDK cuts its own chunks at 5 MB."""
    datums: int = 4096
    """In one forward or forward_backward."""
    tokens: int = 4_000_000
    """Input tokens in one forward or forward_backward; also elements of one tensor."""
    samples: int = 1024
    """`num_samples` of one request."""
    batch_requests: int = 4096
    """Requests in one `asample_batch`."""
    batch_samples: int = 4096
    """Samples that are joined into one call of the sampler."""
    topk_prompt_logprobs: int = 100
    sessions: int = 1000
    models: int = 16
    """Loaded at once, over all sessions."""
    queued_operations: int = 1000
    """Waiting for one model."""
    queued_samples: int = 20_000
    queued_bytes: int = 4 * 2**30
    """Bodies of operations that wait, over all models."""
    snapshots: int = 4
    """Unnamed sampler weights that one model keeps; the oldest goes first."""
    session_s: float = 300.0
    """A session that is silent for so long is closed, and its models with it."""
    gap_s: float = 300.0
    """How long an operation waits for one with a lower number; the SDK retries a lost request for as long."""
    poll_s: float = 20.0
    """How long `retrieve_future` is held before 408; 10 to 40."""
    keep_delivered_s: float = 600.0
    """A result can be fetched again for so long: the reply that carried it may have been lost."""
    keep_undelivered_s: float = 3600.0
    keep_bytes: int = 2 * 2**30
    """Of results that were delivered; above it the oldest go sooner."""
    batch_window_s: float = 0.01
    """How long a sample request waits for another to join it."""
    batch_wait_s: float = 0.25
    """How long it waits at most while others keep coming."""
    metadata_bytes: int = 8 * 2**20
    """A result above this is announced by its size first, where the client allows it."""
    drain_s: float = 30.0
    """How long SIGTERM waits for work that was accepted."""
