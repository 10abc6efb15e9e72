"""The documents part of the HTTP API. Operations fetch, call and answer."""
