"""Programs of a site, forked from a process that has imported what they import.

A web server takes two seconds of CPU to import what it runs, and tests start a hundred of them.
Here one process a run imports the libraries; from it each worker has one forked for each kind of
program, which imports our own code; from that the programs are forked, each a session of its own
with its own environment, settings, output and command line's arguments. A setting that our code
reads while it is imported is not read again: who has another value there gets a process to fork
from with that value. How programs start from nothing is what `tests/outages/test_up.py` is about.

`starting` is the side of the tests, `forking` that of the programs. A program that runs commands of
`manage.py` itself, as `deploy/backup` does, is told of a virtual environment whose `bin/python` is
`asking`: it has them forked, too.
"""
