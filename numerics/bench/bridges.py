"""Attacks of other libraries, on our models: foolbox, ART (adversarial-robustness-toolbox), torchattacks and adv-lib.

They know images in [0, 1] and PyTorch modules of several classes. So a module is made of the model under attack: it
takes inputs y of [0, 1]^dim, asks at x = (2 y - 1) b, on a sphere at r x / |x|, and answers with the logits -s/2 and
s/2 of two classes. Forward and backward pass go through the model that counts: one question a point each. What an
attack returns is led back the same way. b is twice the radius; in space four times the largest coordinate.

The random numbers of PyTorch and NumPy start alike for each attack, and are afterwards as they were.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np

from ...theory.basics.arguments import check_function
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray
from .problems import AskedModel

__all__ = [
    "BRIDGED",
    "art_attack",
    "bridged",
    "bridged_versions",
    "foolbox_attack",
    "torch_attack",
    "torchattacks_attack",
]

Attack = Callable[[AskedModel, FloatArray], FloatArray]
_PACKAGES = {
    "foolbox": "foolbox",
    "art": "adversarial-robustness-toolbox",
    "torchattacks": "torchattacks",
    "adv_lib": "adv-lib",
}
"""From the name of a library to that of its package."""


def torch_attack(run: Callable[[Any, Any, Any], Any]) -> Attack:
    """An attack of the bench from one on PyTorch modules.

    Parameters
    ----------
    run
        Called with a module, inputs in [0, 1] (a float64 tensor, shape (n, dim)) and labels (n,); returns inputs of
        the same shape, NaN where none was found. The module takes any shape (n, ...) of n * dim numbers. Attacks of
        adv-lib are such functions.

    Returns
    -------
    function
        Of a model and points, as :func:`~.bench.bench.attack_bench` takes it.

    Examples
    --------
    >>> from adversarial_spheres import torch_attack
    >>> attack = torch_attack(lambda module, inputs, labels: inputs)  # finds nothing; needs PyTorch to run
    """
    check_function("run", run)

    def attack(model: AskedModel, points: FloatArray) -> FloatArray:
        import torch

        bound = 4.0 * float(np.abs(points).max()) if model.radius is None else 2.0 * model.radius
        inputs = torch.tensor(0.5 + points / (2.0 * bound), dtype=torch.float64)
        labels = torch.full((len(points),), model.label, dtype=torch.int64)
        with _same_random_numbers():
            found = run(_module(model, bound), inputs, labels)
        y = torch.as_tensor(found).detach().to("cpu", torch.float64).reshape(inputs.shape)
        return np.asarray(_placed(torch, (2.0 * y - 1.0) * bound, model.radius).numpy(), dtype=np.float64)

    return attack


def _placed(torch: Any, x: Any, radius: float | None) -> Any:
    """Points on the sphere along their rays; in space as they are."""
    return x if radius is None else radius * x / torch.linalg.vector_norm(x, dim=1, keepdim=True)


def _module(model: AskedModel, bound: float) -> Any:
    """The model as a PyTorch module of two classes on [0, 1]^dim."""
    import torch

    class Asked(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return torch.from_numpy(model.logits(x.detach().numpy()))

        @staticmethod
        def backward(ctx: Any, *gradients: Any) -> Any:
            (x,) = ctx.saved_tensors
            return gradients[0][:, None] * torch.from_numpy(model.input_gradient(x.detach().numpy()))

    class Classifier(torch.nn.Module):
        def forward(self, y: Any) -> Any:
            x = (2.0 * y.reshape(len(y), -1).to(torch.float64) - 1.0) * bound
            score = Asked.apply(_placed(torch, x, model.radius))
            return torch.stack([-0.5 * score, 0.5 * score], dim=1).to(y.dtype)

    return Classifier().eval()


@contextmanager
def _same_random_numbers() -> Iterator[None]:
    """The global generators of PyTorch and NumPy from 0 on, and afterwards as they were."""
    import torch

    state = np.random.get_state()  # noqa: NPY002
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        np.random.seed(0)  # noqa: NPY002
        try:
            yield
        finally:
            np.random.set_state(state)  # noqa: NPY002


def foolbox_attack(attack: Any) -> Attack:
    """An attack of foolbox, such as ``foolbox.attacks.DDNAttack()``: one that minimises a distance.

    Examples
    --------
    >>> from adversarial_spheres import foolbox_attack
    >>> def ddn(*arguments, **options):
    ...     import foolbox
    ...     return foolbox.attacks.DDNAttack(steps=50)(*arguments, **options)
    >>> attack = foolbox_attack(ddn)  # for attack_bench; foolbox is needed to run it
    """
    check_function("attack", attack)

    def run(module: Any, inputs: Any, labels: Any) -> Any:
        import foolbox

        model = foolbox.PyTorchModel(module, bounds=(0.0, 1.0), device="cpu")
        _, found, success = attack(model, inputs, foolbox.criteria.Misclassification(labels), epsilons=None)
        found = found.detach().clone()
        found[~success] = float("nan")
        return found

    return torch_attack(run)


def art_attack(make: Callable[[Any], Any]) -> Attack:
    """An attack of ART from a function of its estimator, such as ``lambda estimator: DeepFool(estimator)``.

    Examples
    --------
    >>> from adversarial_spheres import art_attack
    >>> def deep_fool(estimator):
    ...     from art.attacks.evasion import DeepFool
    ...     return DeepFool(estimator, verbose=False)
    >>> attack = art_attack(deep_fool)  # for attack_bench; ART is needed to run it
    """
    check_function("make", make)

    def run(module: Any, inputs: Any, labels: Any) -> Any:
        import torch
        from art.estimators.classification import PyTorchClassifier

        shape = tuple(inputs.shape[1:])
        loss = torch.nn.CrossEntropyLoss()
        estimator = PyTorchClassifier(module, loss, shape, nb_classes=2, clip_values=(0.0, 1.0), device_type="cpu")
        return make(estimator).generate(x=inputs.numpy().astype(np.float32), y=np.eye(2)[labels.numpy()])

    return torch_attack(run)


def torchattacks_attack(make: Callable[[Any], Any]) -> Attack:
    """An attack of torchattacks from a function of the module, such as ``lambda module: torchattacks.CW(module)``.

    Examples
    --------
    >>> from adversarial_spheres import torchattacks_attack
    >>> def carlini_wagner(module):
    ...     import torchattacks
    ...     return torchattacks.CW(module, c=10)
    >>> attack = torchattacks_attack(carlini_wagner)  # for attack_bench; torchattacks is needed to run it
    """
    check_function("make", make)

    def run(module: Any, inputs: Any, labels: Any) -> Any:
        import torch

        # The library asks a parameter for its device, and mixes its own single-precision numbers with the images.
        module.register_parameter("device", torch.nn.Parameter(torch.zeros(1)))
        return make(module)(inputs.to(torch.float32).reshape(len(inputs), 1, 1, -1), labels)

    return torch_attack(run)


@dataclass(frozen=True)
class _Bridged:
    """An attack of a library that has a name in the bench."""

    library: str
    make: Callable[[Any], Attack]


def _of_foolbox(name: str, **options: Any) -> _Bridged:
    return _Bridged("foolbox", lambda library: foolbox_attack(getattr(library.attacks, name)(**options)))


def _of_art(name: str, **options: Any) -> _Bridged:
    def make(_library: Any) -> Attack:
        kind = getattr(importlib.import_module("art.attacks.evasion"), name)
        return art_attack(lambda estimator: kind(estimator, verbose=False, **options))

    return _Bridged("art", make)


def _of_torchattacks(name: str, **options: Any) -> _Bridged:
    return _Bridged(
        "torchattacks", lambda library: torchattacks_attack(lambda module: getattr(library, name)(module, **options))
    )


def _of_adv_lib(name: str, **options: Any) -> _Bridged:
    def make(_library: Any) -> Attack:
        return torch_attack(partial(getattr(importlib.import_module("adv_lib.attacks"), name), **options))

    return _Bridged("adv_lib", make)


BUDGETS = (10, 20, 50, 100, 1000)
"""Questions a point: a step of FMN, the best of other libraries' attacks, asks two."""
BRIDGED: Mapping[str, _Bridged] = {
    "foolbox-deepfool": _of_foolbox("L2DeepFoolAttack"),
    "foolbox-ddn": _of_foolbox("DDNAttack"),
    "foolbox-fmn": _of_foolbox("L2FMNAttack"),
    "foolbox-cw": _of_foolbox("L2CarliniWagnerAttack", steps=1000),
    "foolbox-newtonfool": _of_foolbox("NewtonFoolAttack"),
    "art-deepfool": _of_art("DeepFool", batch_size=64),
    "art-cw": _of_art("CarliniL2Method", batch_size=64),
    "art-hopskipjump": _of_art("HopSkipJump", batch_size=64, max_iter=20),
    "torchattacks-deepfool": _of_torchattacks("DeepFool"),
    "torchattacks-cw": _of_torchattacks("CW"),
    "torchattacks-fab": _of_torchattacks("FAB", norm="L2", eps=1e6, steps=50, n_classes=2),
    "adv-lib-ddn": _of_adv_lib("ddn", levels=None),
    "adv-lib-fmn": _of_adv_lib("fmn", norm=2, steps=100),
    **{f"adv-lib-fmn-{most}": _of_adv_lib("fmn", norm=2, steps=most // 2) for most in BUDGETS},
    "adv-lib-deepfool": _of_adv_lib("df"),
}
"""Attacks of other libraries by name, with the library's own settings but for those that stand here."""


def bridged(name: str) -> Attack:
    """An attack of another library by its name in the bench.

    Raises
    ------
    InvalidArgumentError
        No such name, or its library is not installed.
    """
    found = _known(name)
    for library in ("torch", found.library):
        if importlib.util.find_spec(library) is None:
            package = _PACKAGES.get(library, library)
            raise InvalidArgumentError("attack", name, f"of a library that is installed ({package} is not)")
    return found.make(importlib.import_module(found.library))


def bridged_versions(name: str) -> str:
    """The versions that an attack of another library depends on, such as "foolbox 3.3.4, torch 2.13.0"."""
    library = _known(name).library
    bridged(name)
    return f"{library} {version(_PACKAGES[library])}, torch {version('torch')}"


def _known(name: str) -> _Bridged:
    if name not in BRIDGED:
        raise InvalidArgumentError("attack", name, f"one of {', '.join(BRIDGED)}")
    return BRIDGED[name]
