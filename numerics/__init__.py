"""What is trained, sampled and measured, and the comparison of the measured with theory.

====================  ================================================================================================
to                    look in
====================  ================================================================================================
check a claim         ``bound_check`` (any model), ``suite`` (quadratic), ``model_suite`` (both spheres); beneath them
                      ``claims``, ``evidence`` and ``verdicts``
bring a model         ``models``, ``adapters``, ``networks``
count errors          ``error_rate``; too rare to count: ``rare_events``, ``importance_sampling``
measure distances     ``distances`` (exact), ``model_distances`` and ``attacks`` (upper bounds), ``certificates`` (lower
                      bounds), ``boundary_distances`` (in space)
state a confidence    ``confidence`` (fixed samples), ``confidence_sequence`` (samples that grow)
train                 ``training``, ``training_config``, ``checkpoint``
run many              ``sweeps``, ``cells``, ``experiments``
keep and compare      ``records``, ``comparison``
====================  ================================================================================================
"""
