"""Several ensembles on the same dice: comparisons, attributions, sweeps."""
