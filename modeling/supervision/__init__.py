"""The Celery task's side of a training child: starting it, listening to its spool, stopping it. Loads no
torch.
"""
