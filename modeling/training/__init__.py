"""The training engine: one verified job in, a fine-tuned and evaluated model out.

Pure: no Django, no database, no network. It is the only package that names torch, transformers and peft, and
it runs only as a child process (``python -m modeling.training.child``). What other rooms may import without
loading torch: ``config``, ``grant``, ``failures``, ``backbones``, ``job`` and the cards in ``tasks`` and
``methods``.
"""
