"""Fitting the model to evidence, and saying what the evidence cannot tell."""
