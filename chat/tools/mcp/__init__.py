"""Servers of the Model Context Protocol, none of whose words is believed unchecked.

`client` asks a server, within bounds; `definitions` makes of a tool's description what may be
shown to a model, and pins it; `schemas` does that for its arguments; `reviewing` tells what an
administrator has approved from what was changed since.
"""
