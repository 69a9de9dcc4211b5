"""The part of MLflow's REST interface that its unmodified client needs to log to and read from Gavel.

An experiment is a training plan, a run is a training run, a registered model is the name of model versions.
"""
