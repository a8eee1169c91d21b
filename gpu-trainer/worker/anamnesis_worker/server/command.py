"""`python -m anamnesis_worker`: serve models, or make a small one."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..types import WorkerError
from .gate import TOKEN_VARIABLE, check_reach

if TYPE_CHECKING:
    from .service import Service

EXAMPLES = """examples:
  python -m anamnesis_worker make-model tiny --corpus dialogues.txt
  python -m anamnesis_worker make-model codes --kind symbols --corpus codes.txt --hidden 64 --layers 2 --context 64
  python -m anamnesis_worker serve --model tiny --state runs
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 done, 1 the work failed, 2 the arguments are wrong."""
    parsed = parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except WorkerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        "python -m anamnesis_worker",
        description="Trains and samples language models over the Tinker wire.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = top.add_subparsers(required=True, metavar="serve | make-model")
    add_serve(verbs.add_parser("serve", help="serve models to trainers and chats"))
    add_make_model(verbs.add_parser("make-model", help="make a small decoder with a tokenizer over a corpus"))
    return top


def add_serve(verb: argparse.ArgumentParser) -> None:
    verb.set_defaults(run=run_serve)
    verb.add_argument(
        "--model",
        action="append",
        required=True,
        metavar="DIR",
        help="a Hugging Face directory, or a config.json for random weights; repeatable",
    )
    verb.add_argument(
        "--name",
        action="append",
        default=[],
        help="the name it is served under, in the order of --model; its directory's by default",
    )
    verb.add_argument(
        "--state",
        type=Path,
        default=Path("worker-state"),
        metavar="DIR",
        help="where checkpoints are kept (default: worker-state)",
    )
    verb.add_argument("--host", default="127.0.0.1", help="other than loopback needs a token")
    verb.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    verb.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help=f"clients must send its content as X-API-Key; or set {TOKEN_VARIABLE}",
    )
    verb.add_argument(
        "--engine", choices=("torch",), default="torch", help="what samples; others, such as vLLM, are not offered yet"
    )
    verb.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    verb.add_argument(
        "--dtype", choices=("float32", "bfloat16"), help="float32 on the CPU, bfloat16 with float32 weights on a GPU"
    )
    verb.add_argument("--seed", type=int, default=0, help="of random weights (default 0)")
    verb.add_argument("--threads", type=int, help="CPU threads for one operation")
    verb.add_argument("--max-tokens-per-batch", type=int, default=16384, help="of one training pass (default 16384)")
    verb.add_argument(
        "--cache-tokens", type=int, default=131_072, help="of dialogues kept between turns (default 131072)"
    )
    verb.add_argument("--samplers", type=int, default=2, help="sets of sampler weights held at once (default 2)")
    verb.add_argument("--max-models", type=int, default=16, help="models in training at once (default 16)")
    verb.add_argument(
        "--session-seconds", type=float, default=300.0, help="a client silent for so long is forgotten (default 300)"
    )
    verb.add_argument(
        "--gap-seconds",
        type=float,
        default=300.0,
        help="how long an operation waits for a missing earlier one (default 300)",
    )
    verb.add_argument("--activation-checkpointing", action="store_true", help="less memory, a third more time")
    verb.add_argument(
        "--until-stdin-ends", action="store_true", help="stop when stdin is closed, as when the starter dies"
    )
    verb.add_argument(
        "--nondeterministic", action="store_true", help="allow faster kernels that do not repeat bit for bit"
    )


def add_make_model(verb: argparse.ArgumentParser) -> None:
    verb.set_defaults(run=run_make_model)
    verb.add_argument("directory", type=Path)
    verb.add_argument(
        "--corpus", type=Path, action="append", metavar="FILE", help="texts, a line each; repeatable; stdin by default"
    )
    verb.add_argument(
        "--kind",
        choices=("word", "bpe", "symbols"),
        default="word",
        help="of the tokenizer; symbols: a token is what stands between spaces, and only the corpus's are known",
    )
    verb.add_argument("--hidden", type=int, default=128)
    verb.add_argument("--layers", type=int, default=4)
    verb.add_argument("--heads", type=int, default=4)
    verb.add_argument("--context", type=int, default=2048)
    verb.add_argument("--vocabulary", type=int, default=8192, help="at most")
    verb.add_argument("--seed", type=int, default=0)


def run_serve(parsed: argparse.Namespace) -> int:
    token = read_token(parsed.token_file)
    check_reach(parsed.host, token)
    # PyTorch takes seconds to import: not before the arguments are known to be right.
    import torch

    from .. import distributed, relay
    from .catalogue import base_model
    from .limits import Limits
    from .process import serve
    from .service import Service, Settings

    if len(parsed.name) > len(parsed.model):
        raise WorkerError("more --name than --model")
    if parsed.threads is not None:
        torch.set_num_threads(max(1, parsed.threads))
    distributed.start(parsed.device)
    if distributed.rank() > 0:
        # This process is told by rank 0 when to stop, also by a signal to all of them.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        relay.follow(parsed.device)
        distributed.stop()
        return 0
    names = [*parsed.name, *[None] * (len(parsed.model) - len(parsed.name))]
    models = [base_model(path, name, parsed.seed) for path, name in zip(parsed.model, names, strict=True)]
    settings = Settings(
        state=parsed.state.resolve(),
        device=parsed.device,
        dtype=parsed.dtype or ("float32" if parsed.device == "cpu" else "bfloat16"),
        deterministic=not parsed.nondeterministic,
        checkpointing=parsed.activation_checkpointing,
        max_tokens_per_batch=parsed.max_tokens_per_batch,
        cache_tokens=parsed.cache_tokens,
        samplers=max(1, parsed.samplers),
        limits=Limits(session_s=parsed.session_seconds, gap_s=parsed.gap_seconds, models=parsed.max_models),
    )
    service = Service(settings, models)
    if parsed.until_stdin_ends:
        threading.Thread(target=drain_at_end_of_stdin, args=[service], daemon=True).start()
    serve(service, parsed.host, parsed.port, token)
    distributed.stop()
    return 0


def run_make_model(parsed: argparse.Namespace) -> int:
    from ..small_models import make_small_model

    parameters = make_small_model(
        parsed.directory,
        kind=parsed.kind,
        corpus=lines(parsed.corpus),
        hidden=parsed.hidden,
        layers=parsed.layers,
        heads=parsed.heads,
        context=parsed.context,
        vocabulary=parsed.vocabulary,
        seed=parsed.seed,
    )
    print(f"{parsed.directory}: {parameters / 1e6:.2f} million parameters")
    return 0


def drain_at_end_of_stdin(service: Service) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    service.drain()


def lines(files: Sequence[Path] | None) -> Iterator[str]:
    if not files:
        yield from sys.stdin
        return
    for file in files:
        try:
            yield from file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise WorkerError(f"{file}: {error}") from error


def read_token(file: Path | None) -> str | None:
    """The token of the file, else of the environment; None when neither is given."""
    if file is None:
        return os.environ.get(TOKEN_VARIABLE) or None
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WorkerError(f"--token-file {file}: {error}") from error
    if not token:
        raise WorkerError(f"--token-file {file} is empty")
    return token
