"""Endpoints of models that administrators connect: presets, keys, who may use what, tests."""
