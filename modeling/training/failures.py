"""Everything that can stop a training job, each with a stable code and words in both languages."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "job.invalid": ("The job is not well formed: {detail}.", "作业格式不正确：{detail}。"),
    "plan.invalid": ("The plan is not well formed: {detail}.", "训练计划格式不正确：{detail}。"),
    "plan.unknown_key": ("The plan has keys nobody defined: {keys}.", "训练计划含有未定义的键：{keys}。"),
    "plan.unknown_task": ("There is no training task “{name}”.", "没有名为“{name}”的训练任务。"),
    "plan.unknown_method": ("There is no fine-tuning method “{name}”.", "没有名为“{name}”的微调方法。"),
    "search.invalid": (
        "The search is not well formed: {detail}.",
        "超参数搜索格式不正确：{detail}。",
    ),
    "method.unfit": (
        "The method “{method}” does not work on models of the type “{architecture}”.",
        "方法“{method}”不适用于“{architecture}”类型的模型。",
    ),
    "method.no_room": (
        "The model has room for {most} tokens, too few for {tokens} virtual ones and a text.",
        "模型只能容纳 {most} 个词元，放不下 {tokens} 个虚拟词元和一段文本。",
    ),
    "method.too_few_steps": (
        "The method “{method}” needs at least {least} steps; this plan has {steps} on this data.",
        "方法“{method}”至少需要 {least} 步；本计划在该数据上只有 {steps} 步。",
    ),
    "method.too_many_layers": (
        "{layers} layers cannot be frozen; on this model at most {most} can, so that one still moves.",
        "无法冻结 {layers} 层；该模型最多可冻结 {most} 层，至少留一层参与训练。",
    ),
    "method.no_cache": (
        "Models of the type “{architecture}” hand on more than hidden states between layers, so what the "
        "frozen ones give cannot be kept; leave “cached” at 0.",
        "“{architecture}”类型的模型在层间传递的不只是隐藏状态，无法缓存冻结层的输出；请将 cached 保持为 0。",
    ),
    "method.no_layers": (
        "The layers of models of the type “{architecture}” cannot be told apart, so their activations cannot "
        "be recomputed layer by layer.",
        "“{architecture}”类型的模型无法区分各层，因此不能逐层重算激活值。",
    ),
    "stage.alone": (
        "The stage “{stage}” works in one process only; run it where a run has one.",
        "阶段“{stage}”只能在单个进程中进行；请在单进程的机器上运行。",
    ),
    "stage.nothing_to_adapt": (
        "The method “{method}” moves nothing inside the encoder, so no text can adapt it before training.",
        "方法“{method}”不改动编码器内部的任何权重，训练前的预适应无从进行。",
    ),
    "stage.not_merged": (
        "What the method “{method}” learns lies beside the weights, so the result can be neither pruned nor "
        "distilled. Choose a method that publishes a model.",
        "方法“{method}”学到的部分在权重之外，结果既不能剪枝也不能蒸馏。请选择直接发布模型的方法。",
    ),
    "stage.unfit": (
        "The stage “{stage}” does not work on models of the type “{architecture}”.",
        "阶段“{stage}”不适用于“{architecture}”类型的模型。",
    ),
    "stage.too_many_layers": (
        "A student of {layers} layers is not smaller than its teacher; on this model it may have at most "
        "{most}.",
        "{layers} 层的学生模型并不比教师模型小；该模型的学生最多可有 {most} 层。",
    ),
    "stage.no_dropout": (
        "“{name}” has no dropout, so a text read twice is the same vector and there is nothing to adapt to.",
        "“{name}”没有 dropout，同一文本读两遍得到相同向量，预适应无从学习。",
    ),
    "plan.digest_mismatch": (
        "The plan is not the one that was accepted: its digest differs.",
        "训练计划与已受理的不一致：摘要不同。",
    ),
    "grant.missing": (
        "No permit covers the data given as {role}.",
        "没有许可覆盖作为 {role} 提供的数据。",
    ),
    "grant.forged": (
        "The signature of the permit does not fit its content.",
        "许可的签名与其内容不符。",
    ),
    "grant.malformed": ("The permit lacks {field}.", "许可缺少 {field}。"),
    "grant.not_yet_valid": ("The permit is valid only from {at}.", "许可自 {at} 起才有效。"),
    "grant.expired": ("The permit ended at {at}.", "许可已于 {at} 到期。"),
    "grant.wrong_subject_kind": (
        "The permit is about a {kind}, not about a dataset version.",
        "许可的对象是 {kind}，而不是数据集版本。",
    ),
    "grant.wrong_action": (
        "The permit allows “{action}”, not training.",
        "许可允许的动作是“{action}”，而不是训练。",
    ),
    "grant.wrong_purpose": (
        "The permit is for the purpose “{granted}”, the plan is for “{asked}”.",
        "许可的用途是“{granted}”，训练计划的用途是“{asked}”。",
    ),
    "grant.wrong_job_kind": (
        "The permit does not allow jobs of the kind “{asked}”.",
        "许可不允许“{asked}”类作业。",
    ),
    "grant.wrong_columns": (
        "The permit does not cover the columns {columns}.",
        "许可未覆盖列 {columns}。",
    ),
    "grant.unknown_mask": (
        "The permit asks to mask by “{mask}”, which training does not know.",
        "许可要求的脱敏方式“{mask}”，训练程序不支持。",
    ),
    "grant.wrong_digest": (
        "The data on disk is not what the permit was given for ({role}).",
        "磁盘上的数据不是许可所针对的数据（{role}）。",
    ),
    "grant.budget_spent": (
        "The CPU time this run was given is spent ({seconds} s).",
        "本次运行获准的 CPU 时间已用完（{seconds} 秒）。",
    ),
    "data.changed": (
        "The data changed while it was being read ({role}).",
        "数据在读取过程中发生了变化（{role}）。",
    ),
    "data.unreadable": ("The data given as {role} cannot be read.", "作为 {role} 提供的数据无法读取。"),
    "data.no_column": (
        "The data given as {role} has no column {column}.",
        "作为 {role} 提供的数据没有列 {column}。",
    ),
    "data.empty": ("There is nothing to learn from: {detail}.", "没有可供学习的内容：{detail}。"),
    "data.bad_label": (
        "The column {column} holds {count} labels that are not numbers in {low} to {high}.",
        "列 {column} 中有 {count} 个标签不是 {low} 到 {high} 之间的数。",
    ),
    "data.too_many_classes": (
        "The label column names {count} classes; at most {most} can be learnt.",
        "标签列含有 {count} 个类别；最多可学习 {most} 个。",
    ),
    "data.leak": (
        "{count} of the {rows} rows given as {role} ({share}) are training rows too; the plan allows "
        "{limit}. Take them out, or split so that no record is in both.",
        "作为 {role} 提供的 {rows} 行中有 {count} 行（{share}）也在训练数据里；计划允许 {limit}。"
        "请移除这些行，或重新切分，使任何记录不同时出现在两边。",
    ),
    "data.no_time_order": (
        "The events given as {role} do not all come after those given as {before}: the past would know the "
        "future. Split them by {column}.",
        "作为 {role} 提供的事件并非都晚于作为 {before} 提供的事件：过去会“知道”未来。请按 {column} 切分。",
    ),
    "data.no_validation": (
        "The task “{task}” fits its ranker on validation rows, and the run has none.",
        "任务“{task}”要在验证行上拟合排序器，而本次运行没有验证行。",
    ),
    "data.no_text": (
        "The data has no column of text that may be looked at; choose another version, or name its columns.",
        "数据中没有可以查看的文本列；请选择其他版本，或指定列名。",
    ),
    "backbone.not_found": (
        "The pretrained model “{name}” is not on this machine. Put its folder below the folder of "
        "backbones, or its hub id into the local cache.",
        "本机没有预训练模型“{name}”。请将其文件夹放入预训练模型目录，或将该 hub 标识放入本地缓存。",
    ),
    "backbone.no_safetensors": (
        "The pretrained model “{name}” has no safetensors weights; pickled weights are not opened. Save it "
        "as model.safetensors.",
        "预训练模型“{name}”没有 safetensors 权重；不会打开 pickle 权重。请将其另存为 model.safetensors。",
    ),
    "backbone.pickle": (
        "The folder of “{name}” holds files that may run code when opened: {files}. Remove them; the "
        "safetensors weights are enough.",
        "“{name}”的文件夹含有打开时可能执行代码的文件：{files}。请删除，只保留 safetensors 权重即可。",
    ),
    "backbone.remote_code": (
        "The pretrained model “{name}” asks for code of its own ({files}), which is never run. Choose a "
        "model of a type that transformers knows itself.",
        "预训练模型“{name}”要求运行自带代码（{files}），本系统从不执行。请选择 transformers "
        "自身支持的模型类型。",
    ),
    "backbone.link_outside": (
        "In the folder of “{name}”, {file} leads out of the folder of backbones. Put the file itself there.",
        "“{name}”文件夹中的 {file} 指向预训练模型目录之外。请放入文件本身。",
    ),
    "backbone.no_tokenizer": (
        "The pretrained model “{name}” has no tokenizer.json. Add the one it was trained with.",
        "预训练模型“{name}”没有 tokenizer.json。请补上它训练时所用的分词器。",
    ),
    "backbone.bad_tokenizer": (
        "The tokenizer of “{name}” does not fit it: {tokens} tokens for {rows} rows of its embedding. Use "
        "the tokenizer.json the model was trained with.",
        "“{name}”的分词器与模型不符：{tokens} 个词元，而嵌入层有 {rows} 行。请使用模型训练时所用的 "
        "tokenizer.json。",
    ),
    "backbone.bad_weights": (
        "The weights of “{name}” are incomplete or do not fit its configuration ({file}). Copy the folder "
        "again.",
        "“{name}”的权重不完整，或与其配置不符（{file}）。请重新复制该文件夹。",
    ),
    "backbone.unsupported": (
        "“{name}” is of the type “{architecture}”, which does not encode one text at a time. Choose an "
        "encoder or a decoder.",
        "“{name}”的类型“{architecture}”不能逐条编码文本。请选择编码器或解码器模型。",
    ),
    "backbone.unreadable": (
        "The pretrained model “{name}” cannot be loaded. Copy the folder again and have it checked.",
        "预训练模型“{name}”无法加载。请重新复制该文件夹并再次检查。",
    ),
    "backbone.changed": (
        "The files of “{name}” are not those that were checked: their digest differs. Restore them, or "
        "register the new ones under another name.",
        "“{name}”的文件与检查时不一致：摘要不同。请恢复原文件，或以其他名称登记新文件。",
    ),
    "backbone.blind": (
        "The tokenizer of “{name}” does not know {share} of the tokens of this text (limit 20 %).",
        "“{name}”的分词器不认识该文本中 {share} 的词元（上限 20%）。",
    ),
    "run.nan_loss": (
        "The loss at step {step} is not a finite number; the run stopped before changing the weights.",
        "第 {step} 步的损失不是有限数；运行在改动权重之前已停止。",
    ),
    "run.out_of_memory": (
        "At step {step} the memory does not hold a single text; give the run more, or shorten its texts.",
        "第 {step} 步时内存连一条文本也容纳不下；请为运行提供更多内存，或缩短文本。",
    ),
    "run.process_lost": (
        "Process {rank} of {count} of the run ended before its work was done ({how}); start the run again, "
        "it goes on at its newest checkpoint.",
        "本次运行的第 {rank} 个进程（共 {count} 个）未完成工作就已结束（{how}）；请重新启动运行，"
        "它会从最新的检查点继续。",
    ),
    "run.processes_differ": (
        "The processes of the run do not agree on {what}; none of them went on.",
        "本次运行的各进程在 {what} 上不一致；均未继续。",
    ),
    "run.no_device": (
        "The run is to use the device {device}, and this machine has none; check its driver and "
        "CUDA_VISIBLE_DEVICES.",
        "本次运行要使用设备 {device}，而本机没有该设备；请检查驱动程序和 CUDA_VISIBLE_DEVICES。",
    ),
    "run.no_scratch": (
        "The disk has no room for {mib} MiB of working files; make room and start the run again.",
        "磁盘没有 {mib} MiB 的空间存放工作文件；请腾出空间后重新启动运行。",
    ),
    "run.cancelled": (
        "The run was cancelled at step {step}; a checkpoint was written.",
        "运行在第 {step} 步被取消；已写入检查点。",
    ),
    "run.no_validation": (
        "The plan stops early, but the run has no validation rows to look at.",
        "计划启用了提前停止，但本次运行没有可供查看的验证行。",
    ),
    "run.best_lost": (
        "The weights of the best look, at step {step}, cannot be read any more.",
        "第 {step} 步的最佳权重已无法读取。",
    ),
    "run.checkpoint_foreign": (
        "The checkpoints in the output folder belong to another plan or other data.",
        "输出文件夹中的检查点属于另一份计划或数据。",
    ),
    "run.unexpected": ("The run failed: {detail}.", "运行失败：{detail}。"),
}


class TrainingStopped(Exception):
    """A job that cannot go on. ``code`` is stable; ``en`` and ``zh`` hold no cell value."""

    def __init__(self, code: str, **facts: object) -> None:
        words = WORDS[code]
        self.code = code
        self.facts = facts
        self.en, self.zh = (text.format(**facts) for text in words)
        super().__init__(f"{code}: {self.en}")

    def as_json(self) -> dict[str, object]:
        """``{"code", "en", "zh", "facts"}``, what ``failure.json`` holds."""
        return {
            "code": self.code,
            "en": self.en,
            "zh": self.zh,
            "facts": {k: str(v) for k, v in self.facts.items()},
        }


class Refused(TrainingStopped):
    """The job was refused before a byte of data was read as data."""


class Cancelled(TrainingStopped):
    """Somebody asked the run to stop."""
