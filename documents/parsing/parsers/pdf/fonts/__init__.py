"""The fonts that stand in for those which a PDF names and does not hold."""
