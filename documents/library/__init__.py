"""The library: uploads, versions, collections, and whom they are shared with."""
