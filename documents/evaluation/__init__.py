"""Measure search on a folder of questions with known answers, through the app itself."""
