"""Observability: logs, metrics, traces, health, and the watchdog of the event loop."""
