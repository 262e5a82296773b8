"""The kernel in machine code. Import `sim.kernels.compiled.kernel` only when it is wanted: numba takes a while."""
