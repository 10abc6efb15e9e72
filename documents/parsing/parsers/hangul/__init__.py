"""Hangul: documents of Hancom Office, of today (HWPX) and of before (HWP 5)."""
