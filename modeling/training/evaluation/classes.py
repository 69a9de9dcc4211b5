"""Metrics of tasks with classes. Rows of label -1 belong to no class: a model should refuse them."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar  # type: ignore[import-untyped]

from modeling.training.evaluation import metrics
from modeling.training.evaluation.report import Board

BINS = 15
_FLOOR = 1e-12


def probabilities(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Softmax of ``scores / temperature`` (n, classes); a class scored -inf gets 0."""
    raised = scores / temperature
    raised = raised - raised.max(axis=1, keepdims=True)
    powers = np.exp(raised)
    found: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return found


def temperature(scores: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the least log loss on these rows, between 0.001 and 1000; 1 without rows."""
    if not len(labels):
        return 1.0

    def loss(power: float) -> float:
        return float(_losses(probabilities(scores, float(np.exp(power))), labels).mean())

    found = minimize_scalar(loss, bounds=(-6.9, 6.9), method="bounded")
    return float(np.exp(found.x))


def judge_classes(
    board: Board, model: str, scores: np.ndarray, labels: np.ndarray, temperature: float | None
) -> None:
    """Accuracy and macro F1; AUC and AP of the second class where there are two; with a ``temperature``
    chosen elsewhere log loss and calibration error. Over the rows that belong to a class."""
    own = (labels >= 0).astype(np.float64)
    guess = scores.argmax(axis=1)
    right = (guess == labels).astype(np.float64)
    board.pooled("accuracy", model, lambda weights: _share(weights * own, right))
    board.pooled("macro_f1", model, lambda weights: macro_f1(weights * own, guess, labels, scores.shape[1]))
    if scores.shape[1] == 2:
        margin = metrics.finite(scores[:, 1] - scores[:, 0])
        positive = labels == 1
        board.pooled("auc", model, lambda weights: metrics.auc(margin, positive, weights * own))
        board.pooled("ap", model, lambda weights: metrics.average_precision(margin, positive, weights * own))
    if temperature is not None:
        chances = probabilities(scores, temperature)
        losses = np.where(labels >= 0, _losses(chances, np.maximum(labels, 0)), 0.0)
        board.pooled("log_loss", model, lambda weights: _share(weights * own, losses))
        sure = chances.max(axis=1)
        board.pooled(
            "calibration_error", model, lambda weights: calibration_error(weights * own, sure, right)
        )


def judge_refusal(
    board: Board, model: str, sure: np.ndarray, right: np.ndarray, own: np.ndarray, cut: float | None
) -> None:
    """``refusal_auc``: P(a text of a class is answered more surely than one of none); with a ``cut`` chosen
    elsewhere ``accuracy_with_refusal``: the right class answered, or rightly refused."""
    board.pooled("refusal_auc", model, lambda weights: metrics.auc(sure, own, weights))
    if cut is not None:
        good = np.where(sure >= cut, right & own, ~own).astype(np.float64)
        board.pooled("accuracy_with_refusal", model, lambda weights: _share(weights, good))


def refusal_cut(sure: np.ndarray, right: np.ndarray, own: np.ndarray) -> float:
    """The least surety at which an answer is given: the one with the most rows right on these rows."""
    order = np.argsort(-sure, kind="stable")
    answered = np.concatenate([[0], np.cumsum((right & own)[order])])
    refused = (~own).sum() - np.concatenate([[0], np.cumsum((~own)[order])])
    total = answered + refused
    ends = np.append(np.flatnonzero(np.append(True, sure[order][1:] != sure[order][:-1])), len(sure))
    best = int(ends[np.argmax(total[ends])])
    return float(sure[order][best - 1]) if best else float("inf")


def macro_f1(weights: np.ndarray, guess: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Mean F1 over the classes that occur among ``labels`` or guesses (scikit-learn's, zero where
    undefined); ``weights`` (draws, rows)."""
    found = np.zeros((len(weights), classes))
    present = np.zeros((len(weights), classes))
    for number in range(classes):
        said, true = guess == number, labels == number
        hit = weights @ (said & true).astype(np.float64)
        either = weights @ said.astype(np.float64) + weights @ true.astype(np.float64)
        found[:, number] = np.where(either > 0, 2.0 * hit / np.maximum(either, _FLOOR), 0.0)
        present[:, number] = either > 0
    mean: np.ndarray = found.sum(axis=1) / np.maximum(present.sum(axis=1), 1)
    return mean


def calibration_error(weights: np.ndarray, sure: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Expected calibration error in 15 bins of equal width (Naeini et al. 2015): how far surety is from
    being right."""
    bins = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    gaps = np.zeros(len(weights))
    for number in range(BINS):
        inside = (bins == number).astype(np.float64)
        gaps += np.abs(weights @ (inside * (sure - right)))
    return _over(gaps, weights.sum(axis=1))


def _losses(chances: np.ndarray, labels: np.ndarray) -> np.ndarray:
    found: np.ndarray = -np.log(np.maximum(chances[np.arange(len(labels)), labels], _FLOOR))
    return found


def _share(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    return _over(weights @ values, weights.sum(axis=1))


def _over(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.where(below > 0, above / np.maximum(below, _FLOOR), np.nan)
