"""The rest of a PDF, beside the text of its pages: files, values of forms, comments, XML."""
