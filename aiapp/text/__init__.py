"""Text from strangers: invisible characters, normal forms, cells of spreadsheets."""
