"""The loop of the product, over HTTP: standard, validation, case, votes, permit, run, metrics, ledger."""

from config.check.steps import Step

STEPS: tuple[Step, ...] = ()
