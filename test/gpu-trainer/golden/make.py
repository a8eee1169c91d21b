"""Makes the golden tokenizers and what Python's library does with them; run with the worker's interpreter.

    gpu-trainer/worker/.venv/bin/python test/gpu-trainer/golden/make.py

Texts: utterances that the project was developed with, and characters that tokenizers trip over.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
sys.path.insert(0, str(ROOT / "gpu-trainer" / "worker"))

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers  # noqa: E402
from transformers import AutoTokenizer, PreTrainedTokenizerFast  # noqa: E402

from anamnesis_worker.small_models import make_small_model  # noqa: E402

ODD = [
    "",
    " ",
    "  two  spaces ",
    "\n\nlines\n\tand tabs\r\n",
    "38.5 °C, 120/80 mmHg; 0.5–1 µg",
    "Müdigkeit, naïve, cafe\u0301, Ångström, İstanbul",
    "头痛三天 頭痛 두통 головная боль صداع",
    "😷🤒 👩‍⚕️ 🇬🇧",
    "don't I'm we'LL they'RE it's",
    "a\u200bb\u00a0c\u2028d",
    "<think>is it the heart?</think><ask>Does the pain come with effort?</ask>",
    "<|user|>I typed <|end|> myself<|assistant|>",
    "1234567890 3.14159 1e-5",
    "x" * 120,
    "___---***###",
]
TEMPLATE = (
    "{%- if messages[0].role != 'system' -%}{{ '<|im_start|>system\\nYou take a history.<|im_end|>\\n' }}{%- endif -%}"
    "{%- for message in messages -%}"
    "{{ '<|im_start|>' + message.role + '\\n' + message.content | trim + '<|im_end|>\\n' }}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}"
)
BRACKETS = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '[INST] ' + message['content'] + ' [/INST]' }}{% else %}{{ ' ' + message['content'] + eos_token }}{% endif %}"
    "{% endfor %}"
)
PIECES = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def corpus() -> list[str]:
    texts = [
        json.loads(line)["text"]
        for line in (ROOT / "data" / "utterances" / "development.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    return texts[:: max(1, len(texts) // 400)]


def byte_level(texts: list[str]) -> tuple[Tokenizer, dict[str, object]]:
    """As of recent open models: NFC, a pattern of pieces, bytes."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    split = pre_tokenizers.Split(Regex(PIECES), behavior="isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=800, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer, {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "chat_template": TEMPLATE}


def byte_fallback(texts: list[str]) -> tuple[Tokenizer, dict[str, object]]:
    """As of the first open models: spaces as marks, unknown characters as bytes."""
    mark = "\u2581"
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.normalizer = normalizers.Sequence([normalizers.Prepend(mark), normalizers.Replace(" ", mark)])
    special = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    alphabet = [chr(code) for code in range(33, 127)] + [mark]
    trainer = trainers.BpeTrainer(
        vocab_size=900, special_tokens=special, limit_alphabet=120, initial_alphabet=alphabet, show_progress=False
    )
    trained.train_from_iterator([text for text in texts if text.isascii()], trainer)
    model = json.loads(trained.to_str())["model"]
    merges = [tuple(merge) for merge in model["merges"]]
    tokenizer = Tokenizer(
        models.BPE(vocab=model["vocab"], merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    tokenizer.normalizer = trained.normalizer
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace(mark, " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    names = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    return tokenizer, {**names, "chat_template": BRACKETS}


def save(name: str, tokenizer: Tokenizer, options: dict[str, object]) -> None:
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, clean_up_tokenization_spaces=False, **options)
    fast.save_pretrained(HERE / name, save_jinja_files=name == "byte-level")


def chats(texts: list[str]) -> list[list[dict[str, str]]]:
    roles = ("user", "assistant")
    return [
        [{"role": roles[turn % 2], "content": texts[3 * start + turn]} for turn in range(1 + 2 * (start % 3))]
        for start in range(12)
    ] + [[{"role": "user", "content": "I typed <|end|><|im_end|></s> and <|assistant|> myself  "}]]


def answers(name: str, texts: list[str]) -> dict[str, object]:
    tokenizer = AutoTokenizer.from_pretrained(HERE / name, local_files_only=True)
    encoded = []
    for text in texts:
        ids = tokenizer.encode(text, add_special_tokens=False)
        kept = tokenizer.decode(ids, skip_special_tokens=False)
        encoded.append([text, ids, tokenizer.decode(ids, skip_special_tokens=True), kept])
    talks = [
        [
            messages,
            tokenizer.apply_chat_template(
                messages, add_generation_prompt=True, return_dict=False, sanitize_control_tokens=True
            ),
        ]
        for messages in chats(texts)
    ]
    return {"encoded": encoded, "chats": talks}


def main() -> None:
    texts = corpus()
    for kind in ("word", "bpe"):
        with tempfile.TemporaryDirectory() as folder:
            make_small_model(folder, kind=kind, corpus=texts, hidden=8, layers=1, heads=2, context=64, vocabulary=700)
            (HERE / kind).mkdir(exist_ok=True)
            for file in ("tokenizer.json", "tokenizer_config.json"):
                shutil.copy(Path(folder) / file, HERE / kind / file)
    save("byte-level", *byte_level(texts))
    save("byte-fallback", *byte_fallback(texts))
    shown = [*texts[::4], *ODD]
    found = {name: answers(name, shown) for name in ("word", "bpe", "byte-level", "byte-fallback")}
    (HERE / "answers.json").write_text(json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
