"""PDF: by pdfium, and by pypdf where that crashes."""
