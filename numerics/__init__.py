"""What is trained, sampled and measured, and the comparison of the measured with theory.

====================  ================================================================================================
to                    look in
====================  ================================================================================================
check a claim         ``verdicts``: ``bound_check`` (any model), ``suite`` (both spheres);
                      beneath them ``quantities``, ``evidence`` and ``engine``
bring a model         ``models``: ``checked``, ``adapters``, ``sanity``; ``networks``
count errors          ``error_rates``: ``counting``; too rare to count: ``splitting``, ``importance``
measure distances     ``distances``: ``exact``, ``attacked`` (upper bounds), ``certified`` (lower bounds)
attack                ``attacks``; judge an attack: ``bench``
state a confidence    ``statistics``: ``intervals`` (fixed samples), ``sequences`` (samples that grow)
train                 ``training``: ``config``, ``loop``, ``checkpoint``
run many              ``cells``, ``runs``, ``experiments``
keep and compare      ``storage``: ``records``, ``comparison``
draw points           ``sampling``
====================  ================================================================================================
"""
