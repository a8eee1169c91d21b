"""Tokens a second on multi-turn dialogues: the worker's sampler against `transformers` `generate`.

Both sample the same number of tokens for the same dialogues from the same random model in one process. `generate` is
called as its users call it: a batch of left-padded prompts a turn, each prompt fed from its first token again. It
returns no log-probabilities, the sampler does. The sampler takes all dialogues at once, `generate` takes `--batch` of
them; with as many as there are dialogues, only what is not fed again counts. Rounds alternate, and each gives a ratio;
the figures are medians.

    python bench/sampling.py
    python bench/sampling.py --dialogues 16 --batch 16
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from random_model import random_model
from transformers import GenerationConfig, PreTrainedModel

from anamnesis_worker.models import load_causal_lm
from anamnesis_worker.sampler import Sampler
from anamnesis_worker.types import SampleRequest, SamplingParams

Dialogues = list[list[list[int]]]


def messages(options: argparse.Namespace) -> Dialogues:
    """For every dialogue, the tokens that come before each reply: instructions and a first message, then answers."""
    generator = torch.Generator().manual_seed(options.seed)

    def tokens(least: int, most: int) -> list[int]:
        count = int(torch.randint(least, most + 1, (1,), generator=generator))
        drawn: list[int] = torch.randint(1, options.vocabulary, (count,), generator=generator).tolist()
        return drawn

    instructions = tokens(options.instructions, options.instructions)
    answer = options.answer
    return [
        [
            (instructions if turn == 0 else []) + tokens(answer // 2, answer + answer // 2)
            for turn in range(options.turns)
        ]
        for _ in range(options.dialogues)
    ]


def with_sampler(sampler: Sampler, dialogues: Dialogues, new: int) -> int:
    """Tokens that the prompts took from kept caches."""
    sampler.load(sampler.weights(), sampler.version + 1)  # no cache is left from the round before
    prompts: list[list[int]] = [[] for _ in dialogues]
    reused = 0
    for turn in range(len(dialogues[0])):
        for prompt, dialogue in zip(prompts, dialogues, strict=True):
            prompt.extend(dialogue[turn])
        results = sampler.sample(
            [
                SampleRequest(list(prompt), SamplingParams(new, seed=turn), cache_key=str(index))
                for index, prompt in enumerate(prompts)
            ]
        )
        for prompt, result in zip(prompts, results, strict=True):
            prompt.extend(result.sequences[0].tokens)
            reused += result.reused_tokens
    return reused


def with_generate(model: PreTrainedModel, dialogues: Dialogues, new: int, batch: int, device: str) -> None:
    settings = GenerationConfig(
        do_sample=True, temperature=1.0, top_k=0, top_p=1.0, max_new_tokens=new, pad_token_id=0, eos_token_id=None
    )
    prompts: list[list[int]] = [[] for _ in dialogues]
    for turn in range(len(dialogues[0])):
        for prompt, dialogue in zip(prompts, dialogues, strict=True):
            prompt.extend(dialogue[turn])
        for start in range(0, len(prompts), batch):
            part = prompts[start : start + batch]
            width = max(len(prompt) for prompt in part)
            ids = torch.tensor([[0] * (width - len(prompt)) + prompt for prompt in part], device=device)
            mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in part], device=device)
            with torch.inference_mode():
                output = model.generate(input_ids=ids, attention_mask=mask, generation_config=settings)
            for prompt, reply in zip(part, output[:, width:].tolist(), strict=True):
                assert len(reply) == new
                prompt.extend(reply)


def seconds(work: Callable[[], object], device: str) -> float:
    started = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dialogues", type=int, default=64)
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--new", type=int, default=24, help="tokens of a reply")
    parser.add_argument("--answer", type=int, default=32, help="tokens of an answer between replies, on average")
    parser.add_argument("--instructions", type=int, default=256, help="tokens that open every dialogue")
    parser.add_argument("--batch", type=int, default=16, help="dialogues in one call of generate")
    parser.add_argument("--hidden", type=int, default=192)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--vocabulary", type=int, default=4096)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--output", type=Path, help="a file for the figures")
    options = parser.parse_args()

    source = random_model(options)
    device, dialogues = options.device, messages(options)
    sampler = Sampler(source, device=device, dtype=options.dtype)
    model = load_causal_lm(source, dtype=getattr(torch, options.dtype)).to(device)

    with_sampler(sampler, dialogues, options.new)
    with_generate(model, [dialogue[:1] for dialogue in dialogues], options.new, options.batch, device)
    ours, theirs, reused = [], [], 0
    for _ in range(options.rounds):
        theirs.append(seconds(lambda: with_generate(model, dialogues, options.new, options.batch, device), device))
        ours.append(seconds(lambda: with_sampler(sampler, dialogues, options.new), device))
    reused = with_sampler(sampler, dialogues, options.new)

    sampled = options.dialogues * options.turns * options.new
    figures = {
        "sampler_tokens_per_second": round(sampled / statistics.median(ours), 1),
        "generate_tokens_per_second": round(sampled / statistics.median(theirs), 1),
        "ratio": round(statistics.median(their / our for our, their in zip(ours, theirs, strict=True)), 2),
        "sampled_tokens": sampled,
        "reused_prompt_tokens": reused,
        "seconds": {"sampler": [round(one, 3) for one in ours], "generate": [round(one, 3) for one in theirs]},
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "settings": {name: value for name, value in vars(options).items() if name != "output"},
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "processor": torch.cuda.get_device_name() if device == "cuda" else platform.processor() or platform.machine(),
    }
    print(json.dumps(figures, indent=2))
    if options.output is not None:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
