"""What theory says of measured distances, as questions and checks."""

from __future__ import annotations

from dataclasses import replace

from ...theory.basics.rounded_text import rounded_down, rounded_up
from ...theory.basics.validation import Metric, Sphere
from ...theory.spaces.isoperimetry import max_robust_accuracy
from ...theory.spaces.sphere import Sphere as Round
from ..distances.attacked import AttackMeasurement, found_angles
from ..distances.measurement import DistanceMeasurement, PredictedMean, WithinEpsilon
from .checks import Check, vacuous_check
from .claims import MeanDistanceClaim, NearErrorsClaim
from .evidence import AttackDistances, Evidence, SummarisedDistances
from .quantities import TOO_WEAK
from .sequential import Question, answer


def theory_questions(
    sphere: Sphere, metric: Metric, predicted: PredictedMean, within: tuple[float, float] | None
) -> list[Question]:
    """What theory says of the distances, to be held against a sample that knows nothing of theory.

    Parameters
    ----------
    predicted
        The sandwich of the mean distance.
    within
        A distance epsilon, and the least share of points that geometry wants within it of an error; None for no such
        question.
    """
    names, words = _sandwich_words(sphere, metric)
    sandwich = MeanDistanceClaim(predicted.upper, "at most"), MeanDistanceClaim(predicted.lower, "at least")
    questions = [Question(names[i], words[i], sandwich[i], by_sample=True) for i in range(2)]
    if within is not None:
        epsilon, share = within
        near = f"the share of points within {epsilon:.6g} of an error"
        text = f"{sphere} sphere: {near} is at least what geometry demands"
        name = f"{sphere}_share_within_epsilon_at_least_bound"
        questions.append(Question(name, text, NearErrorsClaim(share, epsilon), by_sample=True))
    return questions


def vacuous_theory_checks(sphere: Sphere, metric: Metric) -> list[Check]:
    """The answers to :func:`theory_questions` where there is no error."""
    return [vacuous_check(name, words) for name, words in zip(*_sandwich_words(sphere, metric), strict=True)]


def distance_checks(measurement: DistanceMeasurement, dim: int) -> list[Check]:
    """The sandwich as checks: lower bound <= mean distance <= isoperimetric bound, and the share within epsilon."""
    sphere, metric, share = measurement.sphere, measurement.metric, measurement.within_epsilon
    if measurement.observed is None or measurement.predicted is None or measurement.statistics is None:
        return vacuous_theory_checks(sphere, metric)
    within = None if share is None else (share.epsilon, share.at_least)
    evidence = Evidence(Round(dim, measurement.radius, metric), None, (SummarisedDistances(measurement.statistics),))
    level = measurement.observed.interval.confidence
    questions = theory_questions(sphere, metric, measurement.predicted, within)
    return [answer(question, evidence, level) for question in questions]


def _sandwich_words(sphere: Sphere, metric: Metric) -> tuple[list[str], list[str]]:
    mean = f"{sphere} sphere: mean {metric} distance to the nearest error is"
    return (
        [f"{sphere}_mean_distance_at_most_bound", f"{sphere}_mean_distance_at_least_lower_bound"],
        [f"{mean} at most the isoperimetric bound", f"{mean} at least the proved lower bound"],
    )


def model_distance_checks(measured: DistanceMeasurement | AttackMeasurement, dim: int) -> list[Check]:
    """What theory says of the distances, as checks; of an attack's distances those that it can decide.

    An attack can verify that the mean distance is at most the isoperimetric bound, it cannot refute it: where the
    attack's mean is above the bound, the explanation says that the attack is too weak.
    """
    if isinstance(measured, DistanceMeasurement):
        return distance_checks(measured, dim)
    checks = [_mean_check(measured)]
    if measured.within_epsilon is not None:
        checks.append(_share_check(measured, measured.within_epsilon))
    return checks


def _mean_check(measured: AttackMeasurement) -> Check:
    sphere, metric = measured.sphere, measured.metric
    words = f"{sphere} sphere: mean {metric} distance to the nearest error is at most the isoperimetric bound"
    claim = MeanDistanceClaim(measured.bound_at_high, "at most")
    check = _decided(measured, Question(f"{sphere}_mean_distance_at_most_bound", words, claim))
    if measured.bound is not None and measured.attack_mean_low > measured.bound:
        why = (
            f"{TOO_WEAK}: its mean is above {rounded_down(measured.attack_mean_low)}, but errors lie nearer than "
            f"{rounded_up(measured.bound)} on average"
        )
        return replace(check, explanation=why)
    if check.verdict == "inconclusive" and measured.failed_attacks:
        why = f"{check.explanation}; {measured.failed_attacks} failed attacks count with the largest possible distance"
        return replace(check, explanation=why)
    return check


def _share_check(measured: AttackMeasurement, share: WithinEpsilon) -> Check:
    sphere = measured.sphere
    rate, radius, metric = measured.counted.interval.high, measured.radius, measured.metric
    robust = max_robust_accuracy(rate, measured.dim, share.epsilon, radius=radius, metric=metric)
    near = f"the share of points within {share.epsilon:.6g} of an error"
    words = f"{sphere} sphere: {near} is at least what geometry demands"
    claim = NearErrorsClaim(float(robust.complement.probability), share.epsilon)
    return _decided(measured, Question(f"{sphere}_share_within_epsilon_at_least_bound", words, claim))


def _decided(measured: AttackMeasurement, question: Question) -> Check:
    """The engine's verdict; it rests on two intervals of half the budget each: distances and error rate."""
    found = (AttackDistances(found_angles(measured.angles)),)
    evidence = Evidence(Round(measured.dim, measured.radius, measured.metric), None, found)
    check = answer(question, evidence, measured.observed.interval.confidence)
    return replace(check, confidence=1.0 - 2.0 * (1.0 - check.confidence))
