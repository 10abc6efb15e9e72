"""The findings of a vector store as LangChain's documents."""

from langchain_core.documents import Document as LangChainDocument

from documents.vector_store.results import Found


def build_document(found: Found) -> LangChainDocument:
    return LangChainDocument(id=found.id, page_content=found.text, metadata=found.metadata)
