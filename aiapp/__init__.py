"""The site: what its apps stand on, and how it is started."""

__version__ = "0.1.0"
# The earliest release that may still run with the data of this one. A migration that takes away
# what earlier releases read or write moves it to the release that has the migration.
DATA_BEARS_FROM = "0.1.0"
