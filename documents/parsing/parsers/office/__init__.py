"""Documents, presentations and workbooks of office programs."""
