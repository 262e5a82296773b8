"""Checks of an inference: whether its posteriors keep their word, and what they would hide."""
