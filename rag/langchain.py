"""A LangChain retriever over the search of an Assistant."""

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever


class PassageRetriever(BaseRetriever):
    """Returns the passages of `Assistant.search` as LangChain documents, with source and offsets as metadata."""

    assistant: Any

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
    ) -> list[Document]:
        return [
            Document(
                id=p.chunk_ids[0],
                page_content=p.text,
                metadata={
                    "source": p.source,
                    "title": p.title,
                    "page": p.page,
                    "start": p.start,
                    "end": p.end,
                    "headings": list(p.headings),
                    "rank": p.rank,
                    "scores": dict(p.scores),
                },
            )
            for p in self.assistant.search(query)
        ]
