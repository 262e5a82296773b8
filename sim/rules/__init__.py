"""The model's rules: one file per mechanism, each a pure elementwise function.

A rule takes numbers or arrays (any shapes that broadcast) and gives the same back. It
knows no runs, no draws and no state object: the agents call it with one unit's numbers,
the kernels with arrays. `p` is a `sim.parameters.Values`; each of its fields is a number or
a vector over runs. Rules never import each other; shared arithmetic is in `arithmetic`.
"""
