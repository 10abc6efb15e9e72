"""A collection as a vector store: texts by their ids, found by meaning alone.

For LangChain, in our own process (`documents.langchain`) and over HTTP (`documents.api.texts`);
so nothing here imports LangChain.
"""
