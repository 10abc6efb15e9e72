"""Streams of model servers, in all the ways that servers write them."""
