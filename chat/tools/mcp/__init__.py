"""What servers of the Model Context Protocol say, before any of it is believed.

`speaking` asks a server, within bounds; `definitions` makes of a tool's description what may be
shown to a model, and pins it; `schemas` does that for its arguments; `reviewing` tells what an
administrator has approved from what was changed since.
"""
