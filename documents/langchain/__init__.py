"""A collection for programs built with LangChain: as a vector store, a retriever and an agent.

Import it only where it is used: LangChain takes a second and 60 MB that no web process should pay.
"""

from documents.langchain.agent import build_agent
from documents.langchain.retriever import CollectionRetriever
from documents.langchain.store import CollectionStore

__all__ = ["CollectionRetriever", "CollectionStore", "build_agent"]
